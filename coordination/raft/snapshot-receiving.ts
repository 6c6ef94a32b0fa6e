import { emptyLog, termAt } from "./log.ts";
import type { RaftInput } from "./io.ts";
import type { SnapshotChunk } from "./message.ts";
import { commitTo } from "./commit.ts";
import { send, type Turn } from "./turn.ts";
import type { NodeId } from "./types.ts";

/** Puts one chunk after the other aside. A new leader's snapshot starts anew, since its bytes may differ. */
export const onSnapshotChunk = (turn: Turn, chunk: SnapshotChunk): void => {
  const { state, effects } = turn;
  const { snapshot, offset, data, done, from, term } = chunk;
  if (snapshot.index <= state.commit) return accept(turn, from, state.commit);
  const known = state.receiving;
  const same = known?.from === from && known.term === term && known.snapshot.index === snapshot.index;
  const held = same ? known.offset : 0;
  if (same && known.complete) return;
  if (offset !== held) return want(turn, from, snapshot.index, held);
  effects.push({ type: "stage", snapshot, offset, data, done });
  state.receiving = { from, term, snapshot, offset: held + data.length, complete: done };
  if (!done) want(turn, from, snapshot.index, held + data.length);
};

/** The whole snapshot is on disk, aside: it takes the place of our log, unless that reaches as far and agrees. */
export const onSnapshotStored = (
  turn: Turn,
  { index, term }: Extract<RaftInput, { type: "snapshotStored" }>,
): void => {
  const { state } = turn;
  const { receiving } = state;
  if (receiving === null || !receiving.complete) return;
  const { snapshot, from } = receiving;
  if (snapshot.index !== index || snapshot.term !== term) return;
  state.receiving = null;
  if (index > state.commit) {
    if (termAt(state.log, index) !== term) {
      state.log = emptyLog(index, term);
      state.history = [{ index, members: snapshot.members }];
      state.snapshot = snapshot;
      state.stable = 0;
      state.writes = state.writes.map(({ token }) => ({ token, last: 0 }));
      state.taking = null;
      state.restoring = { token: state.lastWrite + 1, snapshot };
      turn.snapshot = snapshot;
      turn.truncateFrom = null;
      turn.appended = [];
    }
    commitTo(turn, index);
  }
  accept(turn, from, index);
};

/** The snapshot is ours for good: the state machine may take it over. */
export const restoreWhenPersisted = ({ state, effects }: Turn): void => {
  const { restoring } = state;
  if (restoring === null || state.persisted < restoring.token) return;
  state.restoring = null;
  state.applying = restoring.snapshot.index;
  effects.push({ type: "restore", snapshot: restoring.snapshot });
};

const accept = (turn: Turn, to: NodeId, match: number): void => {
  const { id, term } = turn.state;
  send(turn, { type: "appendAccepted", from: id, to, term, match }, "log");
};

const want = (turn: Turn, to: NodeId, index: number, offset: number): void => {
  const { id, term } = turn.state;
  send(turn, { type: "snapshotWanted", from: id, to, term, index, offset }, "vote");
};
