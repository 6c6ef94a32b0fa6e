import { invariant } from "../protocol/invariant.ts";
import { commitTo } from "./commit.ts";
import { lastIndexOf, lastUpToTerm, termAt } from "./log.ts";
import type { AppendRequest, Heartbeat } from "./message.ts";
import { appendToLog, send, truncateLog, type Turn } from "./turn.ts";
import type { Entry, LogIndex } from "./types.ts";

/** Takes the leader's entries, or says where our logs may agree (thesis, 3.5). */
export const onAppendRequest = (turn: Turn, request: AppendRequest): void => {
  const { state } = turn;
  const { prevIndex, prevTerm, entries } = request;
  if (!areConsecutive(entries, prevIndex + 1)) return;
  // All that we have committed equals the leader's log, so an old append is answered by how far that is.
  if (prevIndex < state.commit) return accept(turn, request, state.commit);
  if (termAt(state.log, prevIndex) !== prevTerm) return refuse(turn, request);
  const fresh = firstConflict(turn, entries);
  // A delayed append that is shorter than our log conflicts with nothing, and cuts nothing.
  if (fresh !== undefined) {
    invariant(fresh.index > state.commit, "a committed entry conflicts with the leader's");
    if (fresh.index <= lastIndexOf(state.log)) truncateLog(turn, fresh.index);
    appendToLog(turn, fresh === entries[0] ? entries : entries.slice(fresh.index - prevIndex - 1));
  }
  const matched = prevIndex + entries.length;
  commitTo(turn, Math.min(request.commit, matched));
  accept(turn, request, matched);
};

export const onHeartbeat = (turn: Turn, { from, commit, read }: Heartbeat): void => {
  const { state } = turn;
  commitTo(turn, Math.min(commit, lastIndexOf(state.log)));
  send(turn, { type: "heartbeatResponse", from: state.id, to: from, term: state.term, read }, "vote");
};

/** Whoever sends others is no replica of ours, and a log with a gap would be of no use. */
const areConsecutive = (entries: readonly Entry[], first: LogIndex): boolean => {
  let next = first;
  for (const { index } of entries) {
    if (index !== next) return false;
    next += 1;
  }
  return true;
};

const firstConflict = ({ state: { log } }: Turn, entries: readonly Entry[]): Entry | undefined => {
  for (const entry of entries) if (termAt(log, entry.index) !== entry.term) return entry;
  return undefined;
};

const accept = (turn: Turn, { from }: AppendRequest, match: number): void => {
  const { id, term } = turn.state;
  send(turn, { type: "appendAccepted", from: id, to: from, term, match }, "log");
};

const refuse = (turn: Turn, { from, prevIndex, prevTerm }: AppendRequest): void => {
  const { id, term, log } = turn.state;
  const hintIndex = lastUpToTerm(log, prevIndex, prevTerm);
  const hintTerm = termAt(log, hintIndex) ?? 0;
  send(turn, { type: "appendRejected", from: id, to: from, term, prevIndex, hintIndex, hintTerm }, "vote");
};
