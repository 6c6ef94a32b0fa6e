import { PPM } from "../constants.ts";
import type { Bar } from "../gates.ts";

/** Heads, and the threshold holds whatever the tier. */
export const supermajority = {
  name: "supermajority",
  weigh: (): number => PPM,
  demand: ({ thresholdPpm }: Bar) => ({ thresholdPpm, heads: 1 }),
} as const;
