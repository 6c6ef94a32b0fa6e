import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LABELS } from "./prompt.ts";
import { VOTERS } from "./voters.ts";

/** Inner edges of the seven bins of confidence in which the prior counts. */
export const CONFIDENCE_EDGES = [0.5, 0.65, 0.75, 0.85, 0.925, 0.975] as const;
/** No domain's prior weighs more than this many answers, so that later truth can overrule it. */
export const MAX_PRIOR_PER_DOMAIN = 40;

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
export type ShippedVoter = VoterManifest["voters"][number];

/** The manifest of the models in a folder; throws if it is missing or not what this version reads. */
export const shippedVoters = (folder: string): VoterManifest =>
  VoterManifest.parse(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));

/** The bin of a confidence, 0 for the least. */
export const confidenceBin = (confidence: number): number =>
  CONFIDENCE_EDGES.filter((edge) => confidence >= edge).length;
