import { agreeing } from "./agreeing.ts";
import { electing } from "./electing.ts";
import type { Mutant } from "./mutant.ts";
import { replicating } from "./replicating.ts";

/** All faults that the simulator and the transcripts must find. */
export const mutants: readonly Mutant[] = [...electing, ...replicating, ...agreeing];
