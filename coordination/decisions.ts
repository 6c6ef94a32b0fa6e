import { ballotOf, emptyBox, withBallot } from "./decision/ballot.ts";
import type { BallotBox } from "./decision/ballot.ts";
import { electorateOf } from "./decision/electorate.ts";
import { settle } from "./decision/settle.ts";
import type { TrustCounts } from "./decision/trust.ts";
import type { BallotCast, DecisionOpened, EntryCommitted, Outcome } from "./protocol/decision-messages.ts";
import type { Effect } from "./protocol/effect.ts";
import type { Message } from "./protocol/message.ts";
import type { Step, Turn } from "./protocol/step.ts";

type OpenDecision = { readonly opened: DecisionOpened; readonly ballots: BallotBox };

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

type Committed = Pick<EntryCommitted, "term" | "index" | "leader">;

/** The recorded actor `decisions`: folds committed entries and tells each outcome once. `trust` is frozen for the run. */
export const decisionsStep =
  (trust: TrustCounts): Step<DecisionsState, Message> =>
  (state, message) => {
    if (message.type !== "entry.committed" || message.index <= state.index) return { state, effects: [] };
    const { entry, term, index, leader } = message;
    const at = { term, index, leader };
    const seen = { ...state, index };
    switch (entry.type) {
      case "decision.opened":
        return open(seen, entry, at, trust);
      case "ballot.cast":
        return cast(seen, entry, at, trust);
      case "decision.closed": {
        const decision = find(seen, entry.decision);
        return decision === undefined ? { state: seen, effects: [] } : close(seen, decision, at, trust);
      }
      case "decision.graded": {
        // The trust of this run is frozen: the ledger takes the truth from the record, for later ones.
        const body = { type: "truth.recorded", decision: entry.decision } as const;
        return { state: seen, effects: [{ type: "send", to: entry.replyTo, body }] };
      }
    }
  };

const open = (
  state: DecisionsState,
  opened: DecisionOpened,
  at: Committed,
  trust: TrustCounts,
): Turn<DecisionsState> => {
  const id = opened.decision;
  if (find(state, id) !== undefined || isClosed(state, id)) return { state, effects: [] };
  const ballots = state.early.filter(({ decision }) => decision === id).reduce(withVoters(opened), emptyBox);
  const early = state.early.filter(({ decision }) => decision !== id);
  return proceed({ ...state, early }, { opened, ballots }, at, trust);
};

const cast = (
  state: DecisionsState,
  ballot: BallotCast,
  at: Committed,
  trust: TrustCounts,
): Turn<DecisionsState> => {
  const decision = find(state, ballot.decision);
  if (decision !== undefined) {
    const ballots = withVoters(decision.opened)(decision.ballots, ballot);
    return proceed(state, { ...decision, ballots }, at, trust);
  }
  if (isClosed(state, ballot.decision)) return { state, effects: [] };
  return { state: { ...state, early: [...state.early, ballot].slice(-EARLY_BALLOTS_MAX) }, effects: [] };
};

/** Closes as soon as every elector has answered, never before. */
const proceed = (
  state: DecisionsState,
  decision: OpenDecision,
  at: Committed,
  trust: TrustCounts,
): Turn<DecisionsState> => {
  const complete = electorateOf(decision.opened).every(
    ({ agent }) => ballotOf(decision.ballots, agent) !== undefined,
  );
  if (complete) return close(state, decision, at, trust);
  return { state: { ...state, open: { ...state.open, [decision.opened.decision]: decision } }, effects: [] };
};

const close = (
  state: DecisionsState,
  decision: OpenDecision,
  at: Committed,
  trust: TrustCounts,
): Turn<DecisionsState> => {
  const { [decision.opened.decision]: _, ...open } = state.open;
  return {
    state: { ...state, open, closed: remembered(state.closed, decision.opened.decision) },
    effects: announce(decision.opened, settle({ ...decision, ...at }, trust)),
  };
};

const announce = ({ replyTo, electorate }: DecisionOpened, outcome: Outcome): readonly Effect[] => {
  const receivers = new Set([replyTo, ...electorate.map(({ actor }) => actor)]);
  return [...receivers].map((to) => ({ type: "send", to, body: { type: "decision.settled", outcome } }));
};

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
