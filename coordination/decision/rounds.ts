import type {
  CountedBallot,
  DecisionOpened,
  EarlierRound,
  Outcome,
  RoundKind,
  RoundOpened,
} from "../protocol/decision-messages.ts";
import { rules } from "./rules/rule.ts";

/** Debate rounds that a task may ask for. Further ones were seen to talk right voters over to the wrong side. */
export const mostRounds = 2;

/** The rounds of a decision so far. `kind` is that of the one that runs. */
export type Rounds = { readonly kind: RoundKind; readonly earlier: readonly EarlierRound[] };

export const firstRound: Rounds = { kind: "first", earlier: [] };

/**
 * What follows a round of votes that ended with this outcome; `undefined`: the outcome stands. A debate goes on until the votes settle, nobody
 * moved, or the cap is reached; a tie without a debate gets one re-vote. Then the task says who rules.
 */
export const roundAfter = (
  opened: DecisionOpened,
  rounds: Rounds,
  outcome: Outcome,
): RoundOpened["kind"] | undefined => {
  const hasRuling = opened.judge !== undefined && rules[opened.rule].isAdvice === true;
  if (outcome.settled) return undefined;
  const again = hasRuling ? undefined : voteAgain(opened, rounds, outcome);
  if (again !== undefined) return again;
  if (opened.judge !== undefined && (hasRuling || opened.escalate === "judge")) return "judge";
  return opened.escalate === "human" ? "person" : undefined;
};

const voteAgain = (
  { rounds: cap }: DecisionOpened,
  { earlier }: Rounds,
  { reason, ballots }: Outcome,
): "debate" | "revote" | undefined => {
  if (cap === undefined || !canArgue(reason)) return undefined;
  const before = earlier.at(-1);
  const hasMoved = before === undefined || movedBetween(before.ballots, ballots).length > 0;
  if (earlier.length < cap && hasMoved) return "debate";
  return reason === "tie" && before === undefined ? "revote" : undefined;
};

/** Where voters are absent or have nothing to say, hearing each other changes nothing. */
const canArgue = (reason: Outcome["reason"]): boolean =>
  reason === "tie" || reason === "below-threshold" || reason === "too-few-heads" || reason === "no-evidence";

/** Voters that gave another answer than the time before, in the order of the electorate. */
export const movedBetween = (
  before: readonly CountedBallot[],
  after: readonly CountedBallot[],
): readonly string[] =>
  after.filter(({ option }, at) => option !== (before[at]?.option ?? null)).map(({ voter }) => voter);

/** The round that just ended, as the next ones remember it. */
export const ended = (
  { kind, earlier }: Rounds,
  { option, reason, sharePpm, confidencePpm, ballots }: Outcome,
): readonly EarlierRound[] => [
  ...earlier,
  { kind, option, ...(reason === undefined ? {} : { reason }), sharePpm, confidencePpm, ballots },
];

/** The sealed ballots: the only ones that nobody influenced, and so the only ones to learn from. */
export const firstBallots = ({ earlier, ballots }: Outcome): readonly CountedBallot[] =>
  earlier?.[0]?.ballots ?? ballots;

/** Voters that a debate moved away from the truth, and towards it. */
export type Flips = { readonly rightToWrong: readonly string[]; readonly wrongToRight: readonly string[] };

export const flipsOf = (outcome: Outcome, truth: string): Flips => {
  const first = firstBallots(outcome);
  const wasRight = new Set(first.filter(({ option }) => option === truth).map(({ voter }) => voter));
  const isRight = new Set(outcome.ballots.filter(({ option }) => option === truth).map(({ voter }) => voter));
  const voters = first.map(({ voter }) => voter);
  return {
    rightToWrong: voters.filter((voter) => wasRight.has(voter) && !isRight.has(voter)),
    wrongToRight: voters.filter((voter) => !wasRight.has(voter) && isRight.has(voter)),
  };
};
