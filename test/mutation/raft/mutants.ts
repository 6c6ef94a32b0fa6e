import { agreeing } from "./agreeing.ts";
import { arriving } from "./arriving.ts";
import { compacting } from "./compacting.ts";
import { electing } from "./electing.ts";
import { hosting } from "./hosting.ts";
import { keeping } from "./keeping.ts";
import type { Mutant } from "./mutant.ts";
import { replicating } from "./replicating.ts";
import { serving } from "./serving.ts";
import { standing } from "./standing.ts";

/** All faults that the simulator, the transcripts and the tables must find. */
export const mutants: readonly Mutant[] = [
  ...electing,
  ...standing,
  ...replicating,
  ...keeping,
  ...compacting,
  ...arriving,
  ...agreeing,
  ...serving,
  ...hosting,
];
