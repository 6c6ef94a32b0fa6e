import { constants } from "./constants.ts";

/**
 * How many independent voters of equal weight would tell as much: fewer where a few carry most of the weight, and fewer again because voters err
 * alike. With the correlation that was measured, eleven equal ones are worth 1.8, and no number of them 2.
 */
export const effectiveVoters = (ballots: readonly { readonly weight: number }[]): number => {
  let [sum, squares] = [0, 0];
  for (const { weight } of ballots) {
    sum += weight;
    squares += weight * weight;
  }
  if (squares === 0) return 0;
  const equal = (sum * sum) / squares;
  return equal / (1 + constants.correlation * (equal - 1));
};
