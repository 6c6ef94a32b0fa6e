import { z } from "zod";
import { CONFIDENCE_EDGES } from "./confidence-bins.ts";
import { LABELS } from "./prompt.ts";
import { VOTERS } from "./voters.ts";

const Count = z.object({ right: z.number().nonnegative(), all: z.number().nonnegative() });
const Bins = z.array(Count).length(CONFIDENCE_EDGES.length + 1);
const Domains = z.object({ auth: Bins, database: Bins, network: Bins, storage: Bins, application: Bins });
const Figures = z.object({ macroF1: z.number(), accuracy: z.number(), ece: z.number() });

const Voter = z.object({
  name: z.enum(VOTERS),
  file: z.string(),
  bytes: z.int().positive(),
  sha256: z.string().length(64),
  params: z.int().positive(),
  labels: z.object({ severity: z.array(z.enum(LABELS.severity)), area: z.array(z.enum(LABELS.area)) }),
  temperature: z.object({ severity: z.number().positive(), area: z.number().positive() }),
  heldOut: z.object({ severity: Figures, area: Figures }),
  /** By question, then by the area that the line is really of. */
  prior: z.object({ severity: Domains, area: Domains }),
});

export const VoterManifest = z.object({
  version: z.literal(1),
  edges: z.array(z.number()),
  voters: z.array(Voter),
});
export type VoterManifest = Readonly<z.infer<typeof VoterManifest>>;
