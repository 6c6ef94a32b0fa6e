import type { DurableWrite, LogIndex, NodeId, SnapshotMeta, Stored } from "./types.ts";

export type NodeWrite = { readonly node: NodeId; readonly write: DurableWrite };

export type StoredSnapshot = { readonly meta: SnapshotMeta; readonly data: string };

/**
 * What the replicas of one group in this process keep on disk. Every call is synchronous; where it says durable, it is so
 * when the call returns. The host calls in the order of the core's effects.
 *
 * A write that fails throws `LOG_WRITE_FAILED` and leaves nothing of itself behind. From then on the store is *broken*:
 * every later write fails too, and what was durable before stays readable. Reading throws `LOG_CORRUPT` where the disk
 * does not hold what was written to it, and never gives wrong entries.
 */
export type RaftStore = {
  /**
   * What a node finds when it starts: the entries after its snapshot, and nothing that it had staged. A node that never
   * wrote finds term 0. To be called again when the node starts again.
   */
  load(node: NodeId): Stored;
  /** Makes all of them durable at once, or none. Writes of one node keep their order. */
  write(writes: readonly NodeWrite[]): void;
  /**
   * Keeps a part of a snapshot aside, durably; `offset` 0 begins anew. Once `done`, a write may take the snapshot over;
   * until then, and until that write is durable, the stored snapshot stays what it is.
   */
  stageChunk(node: NodeId, meta: SnapshotMeta, offset: number, data: string, done: boolean): void;
  /** Replaces the stored snapshot by one of the node's own, durably. One that is not newer than the stored one is left out. */
  saveSnapshot(node: NodeId, meta: SnapshotMeta, data: string): void;
  /** At most `length` characters of the stored snapshot; `undefined` if the stored one is another by now. */
  readChunk(node: NodeId, meta: SnapshotMeta, offset: number, length: number): string | undefined;
  readSnapshot(node: NodeId): StoredSnapshot | undefined;
  /** Allows the store to forget entries that the stored snapshot stands for. It does so bit by bit, with later writes. */
  compact(node: NodeId, upTo: LogIndex): void;
  close(): Promise<void>;
};
