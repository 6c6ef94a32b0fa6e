import type { RaftEffect, RejectionReason } from "./io.ts";
import { appended, lastIndexOf, truncated } from "./log.ts";
import type { RaftMessage } from "./message.ts";
import type { Progress, RaftState } from "./state.ts";
import { copyOf, type WorkingState } from "./working-state.ts";
import type { DurableWrite, Entry, LogIndex, Members, Payload, SnapshotMeta, WriteToken } from "./types.ts";

/** The working copy of one step. Nobody sees it before the step returns, so its own fields may change. */
export type Turn = {
  readonly state: WorkingState;
  /** Messages first, `sent` of them, then everything else; the write comes before them at the end of the turn. */
  readonly effects: WorkingEffect[];
  sent: number;
  /** The copy of `state.progress` that this step has made, if it has: its places may change. */
  progress: Progress[] | null;

  /** What this step changes on disk: term or vote, a snapshot in place of all, a cut, and new entries. */
  hard: boolean;
  snapshot: SnapshotMeta | null;
  truncateFrom: LogIndex | null;
  appended: readonly Entry[];
};

type WorkingEffect = Exclude<RaftEffect, { type: "send" }> | Sending;

type Sending = { readonly type: "send"; readonly message: RaftMessage; after: WriteToken | null };

/**
 * What must be on disk before a message leaves: nothing; our term and vote; or all that we have in the log too, which is
 * what an acknowledgement of entries promises.
 */
export type WaitFor = "nothing" | "vote" | "log";

export const beginTurn = (state: RaftState): Turn => ({
  state: copyOf(state),
  effects: [],
  sent: 0,
  progress: null,
  hard: false,
  snapshot: null,
  truncateFrom: null,
  appended: nothing,
});

const nothing: readonly Entry[] = [];

export type RaftTurn = { readonly state: RaftState; readonly effects: readonly RaftEffect[] };

/** Adds the write, if there is one, and with it what each message waits for. */
export const endTurn = (turn: Turn): RaftTurn => {
  const { state, effects, sent } = turn;
  const write = writeOf(turn);
  for (let at = 0; at < sent; at += 1) {
    const effect = effects[at];
    if (effect?.type === "send") effect.after = awaited(state, effect.after);
  }
  if (write !== undefined) insert(effects, 0, { type: "persist", write });
  return { state, effects };
};

/** The one durable write of this step, if it changes anything on disk. */
const writeOf = ({ state, hard, snapshot, truncateFrom, appended }: Turn): DurableWrite | undefined => {
  if (!hard && snapshot === null && truncateFrom === null && appended.length === 0) return undefined;
  const token = state.lastWrite + 1;
  const write = { token, last: lastIndexOf(state.log) };
  state.lastWrite = token;
  if (hard) state.lastHardWrite = token;
  state.writes = state.writes.length === 0 ? [write] : [...state.writes, write];
  const hardState = hard ? { term: state.term, vote: state.vote } : null;
  return { token, hardState, snapshot, truncateFrom, entries: appended };
};

/** Stand for a write until the end of the turn, when it is known what the turn writes. */
const lastWrite: WriteToken = -1;
const lastHardWrite: WriteToken = -2;

const awaited = (state: RaftState, after: WriteToken | null): WriteToken | null => {
  if (after === null) return null;
  const token = after === lastWrite ? state.lastWrite : state.lastHardWrite;
  return token > state.persisted ? token : null;
};

export const send = (turn: Turn, message: RaftMessage, waitFor: WaitFor): void => {
  const after = waitFor === "log" ? lastWrite : waitFor === "vote" ? lastHardWrite : null;
  insert(turn.effects, turn.sent, { type: "send", message, after });
  turn.sent += 1;
};

/** `splice` makes a list of what it removes, and most places are at the end. */
const insert = (effects: WorkingEffect[], place: number, effect: WorkingEffect): void => {
  effects.push(effect);
  for (let at = effects.length - 1; at > place; at -= 1) {
    const before = effects[at - 1];
    if (before !== undefined) effects[at] = before;
  }
  effects[place] = effect;
};

export const reject = ({ state, effects }: Turn, id: string, reason: RejectionReason): void => {
  effects.push({ type: "rejected", id, reason, leader: state.leader });
};

/** Mostly all of a list is done with, and an empty one costs less than a part of it. */
export const withoutFirst = <Item>(list: readonly Item[], count: number): readonly Item[] =>
  count === 0 ? list : count === list.length ? [] : list.slice(count);

/** The members in force: the last in our log, committed or not. */
export const membersOf = ({ history }: Pick<RaftState, "history">): Members =>
  history[history.length - 1]?.members ?? nobody;

const nobody: Members = { voters: [], outgoing: [], learners: [] };

/** Appends at the end of our own log; members in a payload are in force at once. */
export const appendOwn = (turn: Turn, payloads: readonly Payload[]): readonly Entry[] => {
  const { state } = turn;
  const { term } = state;
  const first = lastIndexOf(state.log) + 1;
  const entries = payloads.map((payload, at) => ({ index: first + at, term, payload }));
  appendToLog(turn, entries);
  return entries;
};

export const appendToLog = (turn: Turn, entries: readonly Entry[]): void => {
  const { state } = turn;
  if (entries.length === 0) return;
  state.log = appended(state.log, entries);
  turn.appended = turn.appended.length === 0 ? entries : [...turn.appended, ...entries];
  for (const { index, payload } of entries)
    if (payload.type === "members") state.history = [...state.history, { index, members: payload.members }];
};

/** Removes the entries from `first` on, and with them the members that they brought. */
export const truncateLog = (turn: Turn, first: LogIndex): void => {
  const { state } = turn;
  state.log = truncated(state.log, first);
  state.history = state.history.filter(({ index }) => index < first);
  state.stable = Math.min(state.stable, first - 1);
  state.writes = state.writes.map(({ token, last }) => ({ token, last: Math.min(last, first - 1) }));
  turn.truncateFrom = first;
};
