import type { RaftEffect, RejectionReason } from "./io.ts";
import { appended, entriesBetween, lastIndexOf, truncated } from "./log.ts";
import type { RaftMessage } from "./message.ts";
import type { RaftState } from "./state.ts";
import { copyOf, type WorkingState } from "./working-state.ts";
import type { Entry, LogIndex, Members, Payload, SnapshotMeta, WriteToken } from "./types.ts";

/** The working copy of one step. Nobody sees it before the step returns, so its own fields may change. */
export type Turn = {
  readonly state: WorkingState;
  readonly effects: RaftEffect[];
  readonly outbox: { readonly message: RaftMessage; readonly waitFor: WaitFor }[];
  /** What this step changes on disk. */
  readonly change: {
    hard: boolean;
    snapshot: SnapshotMeta | null;
    truncateFrom: LogIndex | null;
    firstNew: LogIndex | null;
  };
};

/**
 * What must be on disk before a message leaves: nothing; our term and vote; or all that we have in the log too, which is
 * what an acknowledgement of entries promises.
 */
export type WaitFor = "nothing" | "vote" | "log";

export const beginTurn = (state: RaftState): Turn => ({
  state: copyOf(state),
  effects: [],
  outbox: [],
  change: { hard: false, snapshot: null, truncateFrom: null, firstNew: null },
});

/** Puts what is to be written first, then the messages with what each waits for, then everything else. */
export const endTurn = ({ state, effects, outbox, change }: Turn): RaftTurn => {
  const first: RaftEffect[] = [];
  const { hard, snapshot, truncateFrom, firstNew } = change;
  if (hard || snapshot !== null || truncateFrom !== null || firstNew !== null) {
    const token = state.lastWrite + 1;
    const last = lastIndexOf(state.log);
    state.lastWrite = token;
    if (hard) state.lastHardWrite = token;
    state.writes = [...state.writes, { token, last }];
    const entries = firstNew === null ? [] : entriesBetween(state.log, firstNew, last);
    const hardState = hard ? { term: state.term, vote: state.vote } : null;
    first.push({ type: "persist", write: { token, hardState, snapshot, truncateFrom, entries } });
  }
  for (const { message, waitFor } of outbox)
    first.push({ type: "send", message, after: awaited(state, waitFor) });
  for (const effect of effects) first.push(effect);
  return { state, effects: first };
};

export type RaftTurn = { readonly state: RaftState; readonly effects: readonly RaftEffect[] };

const awaited = (state: RaftState, waitFor: WaitFor): WriteToken | null => {
  const token = waitFor === "log" ? state.lastWrite : waitFor === "vote" ? state.lastHardWrite : 0;
  return token > state.persisted ? token : null;
};

export const send = ({ outbox }: Turn, message: RaftMessage, waitFor: WaitFor): void => {
  outbox.push({ message, waitFor });
};

export const reject = ({ state, effects }: Turn, id: string, reason: RejectionReason): void => {
  effects.push({ type: "rejected", id, reason, leader: state.leader });
};

/** The members in force: the last in our log, committed or not. */
export const membersOf = ({ history }: Pick<RaftState, "history">): Members =>
  history[history.length - 1]?.members ?? nobody;

const nobody: Members = { voters: [], outgoing: [], learners: [] };

/** Appends at the end of our own log; members in a payload are in force at once. */
export const appendOwn = (turn: Turn, payloads: readonly Payload[]): readonly Entry[] => {
  const { state } = turn;
  const first = lastIndexOf(state.log) + 1;
  const entries = payloads.map((payload, at) => ({ index: first + at, term: state.term, payload }));
  appendToLog(turn, entries);
  return entries;
};

export const appendToLog = ({ state, change }: Turn, entries: readonly Entry[]): void => {
  const [head] = entries;
  if (head === undefined) return;
  state.log = appended(state.log, entries);
  change.firstNew ??= head.index;
  for (const { index, payload } of entries)
    if (payload.type === "members") state.history = [...state.history, { index, members: payload.members }];
};

/** Removes the entries from `first` on, and with them the members that they brought. */
export const truncateLog = ({ state, change }: Turn, first: LogIndex): void => {
  state.log = truncated(state.log, first);
  state.history = state.history.filter(({ index }) => index < first);
  state.stable = Math.min(state.stable, first - 1);
  state.writes = state.writes.map(({ token, last }) => ({ token, last: Math.min(last, first - 1) }));
  change.truncateFrom = first;
};
