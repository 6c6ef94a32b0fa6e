import { constants } from "./constants.ts";

/**
 * How many independent voters of equal weight would tell as much: fewer where a few carry most of the weight, and fewer again because voters err
 * alike. With the correlation that was measured, eleven equal ones are worth 1.8, and no number of them 2.
 */
export const effectiveVoters = (weights: readonly number[]): number => {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  if (squares === 0) return 0;
  const equal = (sum * sum) / squares;
  return equal / (1 + constants.correlation * (equal - 1));
};
