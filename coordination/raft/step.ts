import { applyCommitted, commitByCounting } from "./commit.ts";
import { campaign, onOwnVotePersisted } from "./election.ts";
import type { RaftInput } from "./io.ts";
import { advanceChange, changeMembers } from "./membership.ts";
import { propose } from "./propose.ts";
import { onRead, serveReads } from "./reads.ts";
import { receive } from "./receive.ts";
import { onSnapshotStored, restoreWhenPersisted } from "./snapshot-receiving.ts";
import { onSnapshotTaken, takeSnapshotIfDue } from "./snapshot-taking.ts";
import type { RaftState } from "./state.ts";
import { onTick } from "./time.ts";
import { onTransfer } from "./transfer.ts";
import { beginTurn, endTurn, withoutFirst, type RaftTurn, type Turn } from "./turn.ts";
import type { LogIndex, WriteToken } from "./types.ts";

/**
 * One node of a Raft group takes one input. Pure: no clock, no dice, no I/O; the same state and input give the same turn
 * everywhere. Time is counted in ticks, sizes in characters (UTF-16 units).
 *
 * Source: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (extended version), and Ongaro's
 * thesis, which stands where they differ. Throws `InvariantError` where the world has broken Raft's own assumptions,
 * for instance when a disk has lost what it had acknowledged.
 */
export type RaftStep = (state: RaftState, input: RaftInput) => RaftTurn;

export const raftStep: RaftStep = (state, input) => {
  const turn = beginTurn(state);
  take(turn, input);
  restoreWhenPersisted(turn);
  if (turn.state.role === "leader") advanceChange(turn);
  applyCommitted(turn);
  serveReads(turn);
  takeSnapshotIfDue(turn);
  return endTurn(turn);
};

const take = (turn: Turn, input: RaftInput): void => {
  switch (input.type) {
    case "tick":
      return onTick(turn);
    case "message":
      return receive(turn, input.message);
    case "propose":
      return propose(turn, input.commands);
    case "read":
      return onRead(turn, input.id);
    case "changeMembers":
      return changeMembers(turn, input);
    case "transfer":
      return onTransfer(turn, input);
    case "campaign":
      return campaign(turn);
    case "persisted":
      return onPersisted(turn, input.upTo);
    case "applied":
      return onApplied(turn, input.index);
    case "snapshotTaken":
      return onSnapshotTaken(turn, input);
    case "snapshotStored":
      return onSnapshotStored(turn, input);
  }
};

/** What comes late, or was never asked for, changes nothing; the same goes for writes. */
const onApplied = ({ state }: Turn, index: LogIndex): void => {
  if (index > state.applied) state.applied = Math.min(index, state.applying);
};

/** Takes writes off the list, and lets our own disk count. */
const onPersisted = (turn: Turn, upTo: WriteToken): void => {
  const { state } = turn;
  if (!(upTo > state.persisted && upTo <= state.lastWrite)) return;
  state.persisted = upTo;
  state.stalledTicks = 0;
  let done = 0;
  for (const { token, last } of state.writes) {
    if (token > upTo) break;
    state.stable = Math.max(state.stable, last);
    done += 1;
  }
  state.writes = withoutFirst(state.writes, done);
  onOwnVotePersisted(turn);
  if (state.role === "leader" && state.stable > state.commit) commitByCounting(turn);
};
