import type { RaftEffect } from "../../coordination/raft/io.ts";
import type { NodeId } from "../../coordination/raft/types.ts";
import type { StoredSnapshot } from "./disk.ts";
import type { SentMessage } from "./trace.ts";

export type Sender = {
  readonly from: NodeId;
  /** The snapshot on the node's disk. */
  readonly snapshot: StoredSnapshot | null;
  readonly numberMessage: () => number;
};

/** What an effect sends, under a number of its own: a `send` as it is, a `sendChunk` with a piece of the stored snapshot. */
export const sentFor = (effect: RaftEffect, sender: Sender): Required<SentMessage> | undefined => {
  if (effect.type === "send")
    return { id: sender.numberMessage(), after: effect.after, message: effect.message };
  if (effect.type !== "sendChunk") return undefined;
  const { to, term, snapshot, offset, length } = effect;
  const stored = sender.snapshot;
  // A newer one may have taken its place. The node hears of that too, and begins anew.
  if (stored?.meta.index !== snapshot.index) return undefined;
  const data = stored.data.slice(offset, offset + length);
  const done = offset + data.length >= stored.data.length;
  const message = {
    type: "snapshotChunk",
    from: sender.from,
    to,
    term,
    snapshot,
    offset,
    data,
    done,
  } as const;
  return { id: sender.numberMessage(), after: null, message };
};
