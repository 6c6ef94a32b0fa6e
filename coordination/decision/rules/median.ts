import { rankedTally } from "../tally.ts";
import type { Standing, Tally, Vote } from "../tally.ts";
import { logodds } from "./logodds.ts";

/**
 * Options are numbers. The one wins that half of the weight is at or below and half at or above: no exaggeration moves it.
 * Its share is the smaller of those two sides, and so are its heads. Two equal halves around a gap are a tie.
 */
export const median = {
  name: "median",
  weigh: logodds.weigh,
  tally: (options: readonly string[], votes: readonly Vote[]): Tally =>
    rankedTally(
      options.map((option): Standing => ({
        option,
        weight: smallerSide(option, votes, ({ weight }) => weight),
        heads: smallerSide(option, votes, () => 1),
        shareWeight: smallerSide(option, votes, ({ shareWeight }) => shareWeight),
      })),
      votes,
    ),
} as const;

/** Of an option that is no number, and of a ballot for one, neither side holds anything. */
const smallerSide = (option: string, votes: readonly Vote[], of: (vote: Vote) => number): number => {
  const value = Number(option);
  let below = 0;
  let above = 0;
  for (const vote of votes) {
    const other = Number(vote.option);
    if (other <= value) below += of(vote);
    if (other >= value) above += of(vote);
  }
  return Math.min(below, above);
};
