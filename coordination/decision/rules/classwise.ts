import { logodds } from "./logodds.ts";
import type { WeightParts } from "../weight.ts";

/**
 * The default: log-odds of a confidence that is calibrated for each option by itself (classwise): who cries wolf too often is right less
 * often when it cries wolf. An agent's odds move by what this option does to its odds in the domain; of an option that
 * it never voted for nothing is known. Who is behind the best in ability pays for it as far as such gaps are more than chance.
 */
export const classwise = {
  name: "classwise",
  weigh: (parts: WeightParts): number =>
    logodds.weigh({
      ...parts,
      calibrated: calibratedForOption(parts),
      gap: parts.spread * parts.gap,
    }),
} as const;

/** How often an agent is right when it is this sure of this option. */
export const calibratedForOption = ({
  calibrated,
  precision,
  ability,
}: Pick<WeightParts, "calibrated" | "precision" | "ability">): number => {
  if (precision === ability) return calibrated;
  const odds = (oddsOf(calibrated) * oddsOf(precision)) / oddsOf(ability);
  return odds / (1 + odds);
};

/** All three chances are shrunk towards another, so none is 0 or 1. */
const oddsOf = (chance: number): number => chance / (1 - chance);
