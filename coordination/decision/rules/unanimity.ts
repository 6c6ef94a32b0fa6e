import { PPM } from "../constants.ts";
import type { Bar, Turnout } from "../gates.ts";

/** All who are present agree: one abstention or void ballot is enough to stop it. */
export const unanimity = {
  name: "unanimity",
  weigh: (): number => PPM,
  demand: (_: Bar, { present }: Turnout) => ({ thresholdPpm: PPM, heads: present }),
} as const;
