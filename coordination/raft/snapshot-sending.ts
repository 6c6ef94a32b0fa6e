import type { SnapshotWanted } from "./message.ts";
import { progressOf, setProgress } from "./progress.ts";
import type { Progress } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Begins to send our snapshot to a member whose next entry is not in our log any more. */
export const sendSnapshot = (turn: Turn, peer: Progress): void => {
  // One that is not there would only cost chunks; its next heartbeat response starts this again.
  if (peer.active) sendFrom(turn, peer, 0, 0);
};

/** The member holds what we sent so far: the next chunk, or the snapshot anew if ours is another by now. */
export const onSnapshotWanted = (turn: Turn, { from, index, offset }: SnapshotWanted): void => {
  const { state } = turn;
  const known = progressOf(state, from);
  if (known === undefined) return;
  const peer = setProgress(turn, { ...known, active: true });
  if (peer.snapshot === null || peer.snapshot.index !== index) return;
  if (state.snapshot?.index !== index) return sendFrom(turn, peer, 0, 0);
  // The answer to a chunk that came twice must not make two of every chunk that follows.
  if (offset !== peer.snapshot.offset) sendFrom(turn, peer, offset, 0);
};

/** A chunk, or the answer to it, was lost if nothing came back for an election timeout. */
export const resendChunks = (turn: Turn): void => {
  const { snapshot, options, progress } = turn.state;
  for (const peer of progress) {
    if (peer.snapshot === null) continue;
    const { index, offset } = peer.snapshot;
    const waited = peer.snapshot.waited + 1;
    if (waited % options.electionTicks > 0)
      setProgress(turn, { ...peer, snapshot: { ...peer.snapshot, waited } });
    else sendFrom(turn, peer, index === snapshot?.index ? offset : 0, waited);
  }
};

/** Election timeouts after which a member that takes no chunk is not waited for. */
const patience = 4;

/** Whether a member takes our snapshot chunk by chunk: it must stay in the store until that is done. */
export const isSendingSnapshot = ({ state: { progress, options } }: Turn): boolean =>
  progress.some(({ snapshot }) => snapshot !== null && snapshot.waited < patience * options.electionTicks);

const sendFrom = (turn: Turn, peer: Progress, offset: number, waited: number): void => {
  const { state, effects } = turn;
  const { snapshot, options, term } = state;
  if (snapshot === null) return;
  const sending = { index: snapshot.index, offset, waited };
  setProgress(turn, { ...peer, mode: "snapshot", probing: false, inFlight: [], snapshot: sending });
  effects.push({ type: "sendChunk", to: peer.id, term, snapshot, offset, length: options.chunkCharsMax });
};
