import type { CountedBallot, Outcome } from "./decision-messages.ts";

/** Whether a ballot is for an option: one that lists what it approves of is for all of these, any other for its own option alone. */
export const isFor = (
  { option, approved }: Pick<CountedBallot, "option" | "approved">,
  candidate: string,
): boolean => (approved === undefined ? option === candidate : approved.includes(candidate));

/** The ballots that count and are not for the outcome. Of a tie there is none: it leaves nothing to be against. */
export const dissentFrom = <Ballot extends CountedBallot>(
  { option }: Pick<Outcome, "option">,
  ballots: readonly Ballot[],
): readonly Ballot[] =>
  option === null ? [] : ballots.filter((ballot) => ballot.status === "counted" && !isFor(ballot, option));
