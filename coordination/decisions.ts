import { ballotOf, emptyBox, withBallot } from "./decision/ballot.ts";
import type { BallotBox } from "./decision/ballot.ts";
import { electorateOf } from "./decision/electorate.ts";
import { ended, firstRound, roundAfter, type Rounds } from "./decision/rounds.ts";
import { settle, type Closed } from "./decision/settle.ts";
import type { TrustCounts } from "./decision/trust.ts";
import type {
  BallotCast,
  DecisionClosed,
  DecisionOpened,
  DecisionRuled,
  EntryCommitted,
  Outcome,
  RoundOpened,
} from "./protocol/decision-messages.ts";
import type { Effect } from "./protocol/effect.ts";
import type { Message } from "./protocol/message.ts";
import type { Step, Turn } from "./protocol/step.ts";
import { withMember, withoutMember } from "./protocol/record.ts";

type OpenDecision = {
  readonly opened: DecisionOpened;
  /** Of the newest round in which the electors vote. */
  readonly ballots: BallotBox;
  /** Absent, as in snapshots of old: in its first round. */
  readonly rounds?: Rounds;
  /** Whose word it waits for, once the votes are done with. */
  readonly waitsFor?: "judge" | "person";
};

/** Plain JSON. It grows with the decisions that are open at once, never with those of the whole run. */
export type DecisionsState = {
  /** Place of the newest entry seen. Entries come in order, so one at or before it was seen. */
  readonly index: number;
  readonly open: Readonly<Record<string, OpenDecision>>;
  /** Ballots committed before their decision, oldest first; at most `EARLY_BALLOTS_MAX`. */
  readonly early: readonly BallotCast[];
  /** Ids of decisions that closed last, in two generations of at most `CLOSED_GENERATION` each. */
  readonly closed: { readonly older: readonly string[]; readonly newer: readonly string[] };
};

/** The oldest go first: a stray ballot of a decision closed long ago leaves in time. */
export const EARLY_BALLOTS_MAX = 256;

/**
 * The last 256 to 512 closed decisions are remembered. An entry that comes late or twice trails by no more than what
 * was in flight, a window of dozens; what is older than both generations is unknown again, and a ballot alone opens nothing.
 */
export const CLOSED_GENERATION = 256;

export const initialDecisions: DecisionsState = {
  index: -1,
  open: {},
  early: [],
  closed: { older: [], newer: [] },
};

/** Place of the entry that a turn is about, and the trust that is frozen for the run. */
type At = Pick<EntryCommitted, "term" | "index" | "leader"> & { readonly trust: TrustCounts };

/** The recorded actor `decisions`: folds committed entries and tells each outcome once. `trust` is frozen for the run. */
export const decisionsStep =
  (trust: TrustCounts): Step<DecisionsState, Message> =>
  (state, message) => {
    if (message.type !== "entry.committed" || message.index <= state.index) return { state, effects: [] };
    const { entry, term, index, leader } = message;
    const at = { term, index, leader, trust };
    const seen = { ...state, index };
    switch (entry.type) {
      case "decision.opened":
        return open(seen, entry, at);
      case "ballot.cast":
        return cast(seen, entry, at);
      case "decision.closed":
        return close(seen, entry, at);
      case "decision.ruled":
        return rule(seen, entry, at);
      case "decision.graded": {
        // The trust of this run is frozen: the ledger takes the truth from the record, for later ones.
        const body = { type: "truth.recorded", decision: entry.decision } as const;
        return { state: seen, effects: [{ type: "send", to: entry.replyTo, body }] };
      }
    }
  };

const open = (state: DecisionsState, opened: DecisionOpened, at: At): Turn<DecisionsState> => {
  const id = opened.decision;
  if (find(state, id) !== undefined || isClosed(state, id)) return { state, effects: [] };
  const ballots = state.early.filter(({ decision }) => decision === id).reduce(withVoters(opened), emptyBox);
  const early = state.early.filter(({ decision }) => decision !== id);
  return proceed({ ...state, early }, { opened, ballots }, at);
};

const cast = (state: DecisionsState, ballot: BallotCast, at: At): Turn<DecisionsState> => {
  const decision = find(state, ballot.decision);
  if (decision === undefined) {
    if (isClosed(state, ballot.decision) || ballot.round !== undefined) return { state, effects: [] };
    return { state: { ...state, early: [...state.early, ballot].slice(-EARLY_BALLOTS_MAX) }, effects: [] };
  }
  // A round begins when the one before is over, so a ballot for another one is late.
  if ((ballot.round ?? 0) !== roundOf(decision)) return { state, effects: [] };
  if (decision.waitsFor !== undefined) return judged(state, decision, ballot, at);
  const ballots = withVoters(decision.opened)(decision.ballots, ballot);
  return proceed(state, { ...decision, ballots }, at);
};

/** Ends a round as soon as every elector has answered, never before. */
const proceed = (state: DecisionsState, decision: OpenDecision, at: At): Turn<DecisionsState> => {
  const isComplete = electorateOf(decision.opened).every(
    ({ agent }) => ballotOf(decision.ballots, agent) !== undefined,
  );
  return isComplete ? endRound(state, decision, at) : { state: holding(state, decision), effects: [] };
};

const close = (state: DecisionsState, closed: DecisionClosed, at: At): Turn<DecisionsState> => {
  const decision = find(state, closed.decision);
  if (decision === undefined || (closed.round ?? 0) !== roundOf(decision)) return { state, effects: [] };
  if (decision.waitsFor === "person") return { state, effects: [] };
  return decision.waitsFor === "judge"
    ? settled(state, decision, at, {
        by: "judge",
        ...judgeOf(decision),
        option: null,
        reason: "no answer in time",
      })
    : endRound(state, decision, at);
};

/** The votes of a round are in. */
const endRound = (state: DecisionsState, decision: OpenDecision, at: At): Turn<DecisionsState> => {
  const { opened, rounds = firstRound } = decision;
  const outcome = outcomeOf(decision, at);
  const kind = roundAfter(opened, rounds, outcome);
  if (kind === undefined) return finish(state, decision, outcome);
  const round = roundOf(decision) + 1;
  const body: RoundOpened = { type: "round.opened", decision: opened.decision, round, kind, outcome };
  const next: OpenDecision =
    kind === "judge" || kind === "person"
      ? { ...decision, waitsFor: kind }
      : { opened, ballots: emptyBox, rounds: { kind, earlier: ended(rounds, outcome) } };
  return { state: holding(state, next), effects: [{ type: "send", to: opened.replyTo, body }] };
};

/** The judge's ballot is its word; that of anybody else comes too late. */
const judged = (
  state: DecisionsState,
  decision: OpenDecision,
  { voter, option, confidencePpm, reason }: BallotCast,
  at: At,
): Turn<DecisionsState> => {
  const { opened, waitsFor } = decision;
  if (waitsFor !== "judge" || voter !== opened.judge?.agent) return { state, effects: [] };
  const isOffered = option !== null && opened.options.includes(option);
  return settled(state, decision, at, {
    by: "judge",
    judge: voter,
    option: isOffered ? option : null,
    ...(confidencePpm === undefined || !Number.isFinite(confidencePpm) ? {} : { confidencePpm }),
    ...(reason === undefined ? {} : { reason }),
  });
};

/** A person rules once, and only on what waits for one. */
const rule = (
  state: DecisionsState,
  { decision: id, option, reason }: DecisionRuled,
  at: At,
): Turn<DecisionsState> => {
  const decision = find(state, id);
  if (decision?.waitsFor !== "person" || !decision.opened.options.includes(option))
    return { state, effects: [] };
  return settled(state, decision, at, {
    by: "person",
    option,
    ...(reason === undefined ? {} : { reason }),
  });
};

const settled = (
  state: DecisionsState,
  decision: OpenDecision,
  at: At,
  ruling: NonNullable<Closed["ruling"]>,
): Turn<DecisionsState> => finish(state, decision, outcomeOf(decision, at, ruling));

const outcomeOf = (
  { opened, ballots, rounds = firstRound }: OpenDecision,
  { trust, ...place }: At,
  ruling?: Closed["ruling"],
): Outcome =>
  settle({ opened, ballots, ...place, rounds, ...(ruling === undefined ? {} : { ruling }) }, trust);

const finish = (state: DecisionsState, { opened }: OpenDecision, outcome: Outcome): Turn<DecisionsState> => {
  const others = withoutMember(state.open, opened.decision);
  const { replyTo, electorate, judge } = opened;
  const hasJudged = outcome.ruling?.by === "judge" && judge !== undefined;
  const receivers = new Set([
    replyTo,
    ...electorate.map(({ actor }) => actor),
    ...(hasJudged ? [judge.actor] : []),
  ]);
  return {
    state: { ...state, open: others, closed: remembered(state.closed, opened.decision) },
    effects: [...receivers].map((to): Effect => ({
      type: "send",
      to,
      body: { type: "decision.settled", outcome },
    })),
  };
};

/** Rounds of votes before this one; that of the judge comes after all of them. */
const roundOf = ({ rounds = firstRound, waitsFor }: OpenDecision): number =>
  rounds.earlier.length + (waitsFor === undefined ? 0 : 1);

const judgeOf = ({ opened: { judge } }: OpenDecision): { readonly judge?: string } =>
  judge === undefined ? {} : { judge: judge.agent };

const holding = (state: DecisionsState, decision: OpenDecision): DecisionsState => ({
  ...state,
  open: withMember(state.open, decision.opened.decision, decision),
});

/** Puts a ballot into the box if its voter is an elector. */
const withVoters =
  ({ electorate }: DecisionOpened) =>
  (ballots: BallotBox, ballot: BallotCast): BallotBox =>
    electorate.some(({ agent }) => agent === ballot.voter) ? withBallot(ballots, ballot) : ballots;

const find = ({ open }: DecisionsState, decision: string): OpenDecision | undefined =>
  Object.hasOwn(open, decision) ? open[decision] : undefined;

const isClosed = ({ closed }: DecisionsState, decision: string): boolean =>
  closed.newer.includes(decision) || closed.older.includes(decision);

const remembered = ({ older, newer }: DecisionsState["closed"], decision: string): DecisionsState["closed"] =>
  newer.length < CLOSED_GENERATION
    ? { older, newer: [...newer, decision] }
    : { older: newer, newer: [decision] };
