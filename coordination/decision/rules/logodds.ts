import { PPM, clamp, constants } from "../constants.ts";
import { exp, ln } from "../math.ts";
import type { WeightParts } from "../weight.ts";

/**
 * What one ballot tells, in millionths of a nat. Evidence below chance counts nothing rather than against,
 * or a liar could exploit it.
 */
export const logodds = {
  name: "logodds",
  weigh: ({ calibrated, gap, trust, options }: WeightParts): number => {
    const { least, most } = constants.probability;
    const chance = 1 / options;
    const p = clamp(chance + trust * (calibrated - chance), least, most);
    const evidence = Math.max(0, ln((p * (options - 1)) / (1 - p)));
    return Math.round(PPM * evidence * exp(-constants.penalty * gap));
  },
} as const;
