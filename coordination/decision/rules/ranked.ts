import { rankedTally } from "../tally.ts";
import type { Standing, Tally, Vote } from "../tally.ts";
import { logodds } from "./logodds.ts";

/**
 * The option that beats every other one in a duel of weights wins (Condorcet); where there is none, the one with the most
 * points (Borda). What a ballot does not rank stands last, all alike. Share and heads are those of the winner's hardest duel.
 */
export const ranked = {
  name: "ranked",
  weigh: logodds.weigh,
  tally: (options: readonly string[], votes: readonly Vote[]): Tally => {
    const duels = duelsBy(options, votes, ({ weight }) => weight);
    const sharing = duelsBy(options, votes, ({ shareWeight }) => shareWeight);
    const beatsAll = (option: string) => 2 * hardest(duels, option) > duels.whole;
    const score = options.some(beatsAll) ? hardest : meanDuel;
    return rankedTally(
      options.map((option): Standing => ({
        option,
        weight: score(duels, option),
        heads: leastPreferring(options, votes, option),
        shareWeight: hardest(sharing, option),
      })),
      votes,
    );
  },
} as const;

/** For each pair, what prefers the first to the second. A ballot that ranks neither higher gives half to each. */
type Duels = {
  readonly options: readonly string[];
  readonly won: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly whole: number;
};

const duelsBy = (
  options: readonly string[],
  votes: readonly Vote[],
  weightOf: (vote: Vote) => number,
): Duels => ({
  options,
  whole: votes.reduce((sum, vote) => sum + weightOf(vote), 0),
  won: new Map(
    options.map((option) => [
      option,
      new Map(
        options.map((rival) => [
          rival,
          // Halves of integers are exact, and so are their sums.
          votes.reduce((sum, vote) => sum + (weightOf(vote) * (1 + preference(vote, option, rival))) / 2, 0),
        ]),
      ),
    ]),
  ),
});

/** 1 if the ballot ranks `option` above `rival`, -1 if below, 0 if alike. */
const preference = (vote: Vote, option: string, rival: string): number =>
  Math.sign(placeOf(vote, rival) - placeOf(vote, option));

const placeOf = ({ option, ranking }: Vote, candidate: string): number => {
  const order = ranking ?? [option];
  const place = order.indexOf(candidate);
  return place < 0 ? order.length : place;
};

const rivalsOf = ({ options, won }: Duels, option: string): readonly number[] =>
  options.filter((rival) => rival !== option).map((rival) => won.get(option)?.get(rival) ?? 0);

const hardest = (duels: Duels, option: string): number => Math.min(duels.whole, ...rivalsOf(duels, option));

/** Borda points, as the mean of the duels: on the scale of a weight. */
const meanDuel = (duels: Duels, option: string): number => {
  const rivals = rivalsOf(duels, option);
  return rivals.reduce((sum, weight) => sum + weight, 0) / Math.max(1, rivals.length);
};

const leastPreferring = (options: readonly string[], votes: readonly Vote[], option: string): number =>
  Math.min(
    votes.length,
    ...options
      .filter((rival) => rival !== option)
      .map((rival) => votes.filter((vote) => preference(vote, option, rival) > 0).length),
  );
