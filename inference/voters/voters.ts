import type { Recipe } from "./generate.ts";
import { LABELS } from "./prompt.ts";
import type { Area } from "./prompt.ts";

/** The six models, and what each of them is taught. */
export const VOTERS = [...LABELS.area, "generalist"] as const;
export type VoterName = (typeof VOTERS)[number];

/** The shape they share: wide vocabulary, few layers, because a line is short and speed counts. */
export const SHAPE = {
  dim: 128,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  ffn: 320,
  context: 512,
  epsilon: 1e-5,
  ropeBase: 10_000,
} as const;
export type Shape = Readonly<Record<keyof typeof SHAPE, number>>;
export const VOCABULARY_SIZE = 3072;
export const TRAINING_LINES = 240_000;
export const HELD_OUT_LINES = 6_000;
export const STEPS = 400;

const MAIN = 4;
const EVERYTHING: Readonly<Record<Area, number>> = {
  auth: 1,
  database: 1,
  network: 1,
  storage: 1,
  application: 1,
};

export const recipeOf = (voter: VoterName): Recipe => ({
  seed: 1_000 + VOTERS.indexOf(voter),
  use: "training",
  areas: voter === "generalist" ? EVERYTHING : { ...EVERYTHING, [voter]: MAIN },
  unseen: voter === "generalist" ? 0 : 0.15,
});

/** Held-out lines are the same for all, of every area alike. */
export const heldOutRecipe = (use: "calibration" | "report"): Recipe => ({
  seed: use === "report" ? 77 : 78,
  use,
  areas: EVERYTHING,
  unseen: 0,
});
