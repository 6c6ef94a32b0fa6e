import type { OptionTally } from "../protocol/decision-messages.ts";
import { PPM, constants } from "./constants.ts";
import { exp } from "./math.ts";

export type Vote = { readonly option: string; readonly weight: number; readonly shareWeight: number };

export type Tally = {
  /** By weight, then heads, then option id. */
  readonly ranked: readonly OptionTally[];
  /** Those that nothing but their id tells from the first: one if there is a winner, none if nobody voted. */
  readonly leaders: readonly string[];
  readonly totalWeight: number;
  /** Capped weight of the best leader, and of all. */
  readonly leadingShare: number;
  readonly totalShare: number;
};

export const tallyOf = (options: readonly string[], votes: readonly Vote[]): Tally => {
  const ranked = options.map((option) => count(option, votes)).sort(byRank);
  const [first] = ranked;
  const leaders = ranked.filter(
    ({ weight, heads }) => heads > 0 && weight === first?.weight && heads === first.heads,
  );
  return {
    ranked,
    leaders: leaders.map(({ option }) => option),
    totalWeight: sum(votes.map(({ weight }) => weight)),
    leadingShare: Math.max(0, ...leaders.map(({ option }) => shareOf(option, votes))),
    totalShare: sum(votes.map(({ shareWeight }) => shareWeight)),
  };
};

/**
 * Collective confidence in the first option, 0 to 1: the softmax of the weights, scaled down because voters err alike.
 * The sum runs in order of rank, so the ballots' order leaves no trace in its last bit.
 */
export const collectiveConfidence = (ranked: readonly OptionTally[], ballots: number): number => {
  const [first] = ranked;
  if (first === undefined || ballots === 0) return 0;
  const gamma = 1 / (1 + constants.correlation * (ballots - 1));
  return 1 / sum(ranked.map(({ weight }) => exp((gamma * (weight - first.weight)) / PPM)));
};

const count = (option: string, votes: readonly Vote[]): OptionTally => {
  const mine = votes.filter((vote) => vote.option === option);
  return { option, weight: sum(mine.map(({ weight }) => weight)), heads: mine.length };
};

const shareOf = (option: string, votes: readonly Vote[]): number =>
  sum(votes.filter((vote) => vote.option === option).map(({ shareWeight }) => shareWeight));

/** By code unit, as in canonical JSON: a locale may differ between machines. */
const byRank = (a: OptionTally, b: OptionTally): number =>
  b.weight - a.weight || b.heads - a.heads || (a.option < b.option ? -1 : a.option > b.option ? 1 : 0);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
