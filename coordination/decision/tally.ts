import type { OptionTally } from "../protocol/decision-messages.ts";
import { PPM, constants } from "./constants.ts";
import { exp } from "./math.ts";

export type Vote = {
  readonly option: string;
  readonly weight: number;
  readonly shareWeight: number;
  /** The whole set that an approval ballot names, and the whole order of a ranked one. */
  readonly approved?: readonly string[];
  readonly ranking?: readonly string[];
};

/** How one option stands. `weight` ranks and may end in a fraction; `shareWeight` is its part of the capped whole. */
export type Standing = OptionTally & { readonly shareWeight: number };

export type Tally = {
  /** By weight, then heads, then option id. */
  readonly ranked: readonly OptionTally[];
  /** The same options in the same order, each with its part of the capped whole. */
  readonly standings: readonly Standing[];
  /** Those that nothing but their id tells from the first: one if there is a winner, none if nobody voted. */
  readonly leaders: readonly string[];
  readonly totalWeight: number;
  /** Capped weight of the best leader, and of all. */
  readonly leadingShare: number;
  readonly totalShare: number;
};

/** Ranks options by the sum of the ballots that are for them. */
export const tallyBy =
  (isFor: (vote: Vote, option: string) => boolean) =>
  (options: readonly string[], votes: readonly Vote[]): Tally =>
    rankedTally(
      options.map((option) => {
        let [weight, heads, shareWeight] = [0, 0, 0];
        for (const vote of votes) {
          if (!isFor(vote, option)) continue;
          weight += vote.weight;
          heads += 1;
          shareWeight += vote.shareWeight;
        }
        return { option, weight, heads, shareWeight };
      }),
      votes,
    );

/** Each ballot counts for its one option. */
export const tallyOf = tallyBy((vote, option) => vote.option === option);

export const rankedTally = (standings: readonly Standing[], votes: readonly Vote[]): Tally => {
  const sorted = standings.toSorted(byRank);
  const [first] = sorted;
  const leaders = sorted.filter(
    ({ weight, heads }) => heads > 0 && weight === first?.weight && heads === first.heads,
  );
  return {
    ranked: sorted.map(({ option, weight, heads }) => ({ option, weight: Math.floor(weight), heads })),
    standings: sorted,
    leaders: leaders.map(({ option }) => option),
    totalWeight: votes.reduce((sum, { weight }) => sum + weight, 0),
    leadingShare: leaders.reduce((most, { shareWeight }) => Math.max(most, shareWeight), 0),
    totalShare: votes.reduce((sum, { shareWeight }) => sum + shareWeight, 0),
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
  return 1 / ranked.reduce((sum, { weight }) => sum + exp((gamma * (weight - first.weight)) / PPM), 0);
};

/** By code unit, as in canonical JSON: a locale may differ between machines. */
const byRank = (a: OptionTally, b: OptionTally): number =>
  b.weight - a.weight || b.heads - a.heads || (a.option < b.option ? -1 : a.option > b.option ? 1 : 0);
