import { PPM } from "../constants.ts";
import type { WeightParts } from "../weight.ts";

/** Trust x calibrated confidence x expertise, in millionths. Familiar, and a baseline: it never lets the able outweigh the many. */
export const linear = {
  name: "linear",
  weigh: ({ calibrated, ability, trust }: WeightParts): number =>
    Math.round(PPM * trust * calibrated * ability),
} as const;
