import type { RaftEffect, RejectionReason } from "./io.ts";
import { appended, entriesBetween, lastIndexOf, truncated } from "./log.ts";
import type { RaftMessage } from "./message.ts";
import type { RaftState } from "./state.ts";
import { copyOf, type WorkingState } from "./working-state.ts";
import type { DurableWrite, Entry, LogIndex, Members, Payload, SnapshotMeta, WriteToken } from "./types.ts";

/** The working copy of one step. Nobody sees it before the step returns, so its own fields may change. */
export type Turn = {
  readonly state: WorkingState;
  readonly effects: RaftEffect[];
  /** Messages, and what each waits for; `after` is filled in at the end of the turn, when it is known what it writes. */
  readonly outbox: Sending[];
  readonly waits: WaitFor[];
  /** What this step changes on disk. */
  readonly change: {
    hard: boolean;
    snapshot: SnapshotMeta | null;
    truncateFrom: LogIndex | null;
    firstNew: LogIndex | null;
  };
};

type Sending = { readonly type: "send"; readonly message: RaftMessage; after: WriteToken | null };

/**
 * What must be on disk before a message leaves: nothing; our term and vote; or all that we have in the log too, which is
 * what an acknowledgement of entries promises.
 */
export type WaitFor = "nothing" | "vote" | "log";

export const beginTurn = (state: RaftState): Turn => ({
  state: copyOf(state),
  effects: [],
  outbox: [],
  waits: [],
  change: { hard: false, snapshot: null, truncateFrom: null, firstNew: null },
});

/** Puts what is to be written first, then the messages with what each waits for, then everything else. */
export const endTurn = ({ state, effects, outbox, waits, change }: Turn): RaftTurn => {
  const write = writeOf(state, change);
  if (write === undefined && outbox.length === 0) return { state, effects };
  const ordered: RaftEffect[] = write === undefined ? [] : [{ type: "persist", write }];
  for (let at = 0; at < outbox.length; at += 1) {
    const sending = outbox[at];
    if (sending === undefined) continue;
    sending.after = awaited(state, waits[at] ?? "log");
    ordered.push(sending);
  }
  for (const effect of effects) ordered.push(effect);
  return { state, effects: ordered };
};

/** The one durable write of this step, if it changes anything on disk. */
const writeOf = (state: WorkingState, change: Turn["change"]): DurableWrite | undefined => {
  const { hard, snapshot, truncateFrom, firstNew } = change;
  if (!hard && snapshot === null && truncateFrom === null && firstNew === null) return undefined;
  const token = state.lastWrite + 1;
  const last = lastIndexOf(state.log);
  state.lastWrite = token;
  if (hard) state.lastHardWrite = token;
  state.writes = [...state.writes, { token, last }];
  const entries = firstNew === null ? [] : entriesBetween(state.log, firstNew, last);
  return {
    token,
    hardState: hard ? { term: state.term, vote: state.vote } : null,
    snapshot,
    truncateFrom,
    entries,
  };
};

export type RaftTurn = { readonly state: RaftState; readonly effects: readonly RaftEffect[] };

const awaited = (state: RaftState, waitFor: WaitFor): WriteToken | null => {
  const token = waitFor === "log" ? state.lastWrite : waitFor === "vote" ? state.lastHardWrite : 0;
  return token > state.persisted ? token : null;
};

export const send = ({ outbox, waits }: Turn, message: RaftMessage, waitFor: WaitFor): void => {
  outbox.push({ type: "send", message, after: null });
  waits.push(waitFor);
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
