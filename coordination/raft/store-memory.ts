import { invariant } from "../protocol/invariant.ts";
import type { RaftStore, StoredSnapshot } from "./store.ts";
import type { DurableWrite, Entry, HardState, LogIndex, NodeId, SnapshotMeta } from "./types.ts";

type Replica = {
  hardState: HardState;
  snapshot: StoredSnapshot | undefined;
  /** Those after the snapshot. */
  entries: Entry[];
  staged: readonly Staged[];
};

type Staged = StoredSnapshot & { readonly done: boolean };

/** A store that lasts as long as the process. What is written is durable at once, and nothing ever fails. */
export const memoryRaftStore = (): RaftStore => {
  const replicas = new Map<NodeId, Replica>();

  const replicaOf = (node: NodeId): Replica => {
    const known = replicas.get(node);
    if (known !== undefined) return known;
    const fresh: Replica = {
      hardState: { term: 0, vote: null },
      snapshot: undefined,
      entries: [],
      staged: [],
    };
    replicas.set(node, fresh);
    return fresh;
  };

  return {
    load: (node) => {
      const replica = replicaOf(node);
      replica.staged = [];
      return {
        hardState: replica.hardState,
        snapshot: replica.snapshot?.meta ?? null,
        entries: replica.entries.slice(),
      };
    },
    write: (writes) => {
      for (const { node, write } of writes) apply(replicaOf(node), write);
    },
    stageChunk: (node, meta, offset, data, done) => {
      const replica = replicaOf(node);
      const before = replica.staged.find((staged) => sameSnapshot(staged.meta, meta) && !staged.done);
      const others = replica.staged.filter((staged) => staged.done && !sameSnapshot(staged.meta, meta));
      const held = offset === 0 ? "" : before?.data;
      invariant(held?.length === offset, "a part of a snapshot that does not follow");
      const whole = held + data;
      invariant(!done || whole.length === meta.length, "a snapshot of another length than it said");
      replica.staged = [...others, { meta, data: whole, done }];
    },
    saveSnapshot: (node, meta, data) => {
      const replica = replicaOf(node);
      invariant(data.length === meta.length, "a snapshot of another length than it said");
      if (meta.index <= baseOf(replica)) return;
      invariant(meta.index <= lastOf(replica), "a snapshot of entries that are not stored");
      replica.entries.splice(0, meta.index - baseOf(replica));
      replica.snapshot = { meta, data };
    },
    readChunk: (node, meta, offset, length) => {
      const { snapshot } = replicaOf(node);
      return snapshot !== undefined && sameSnapshot(snapshot.meta, meta)
        ? snapshot.data.slice(offset, offset + length)
        : undefined;
    },
    readSnapshot: (node) => replicaOf(node).snapshot,
    // Entries went when the snapshot came.
    compact: (node, upTo) => invariant(upTo <= baseOf(replicaOf(node)), "compaction beyond the snapshot"),
    close: () => Promise.resolve(),
  };
};

const apply = (replica: Replica, { hardState, snapshot, truncateFrom, entries }: DurableWrite): void => {
  if (snapshot !== null) {
    const found = replica.staged.find(({ meta, done }) => done && sameSnapshot(meta, snapshot));
    invariant(found !== undefined, "a snapshot that was not staged");
    replica.snapshot = { meta: found.meta, data: found.data };
    replica.entries = [];
    // A newer one may have come while this write waited for its turn, and its own write follows.
    replica.staged = replica.staged.filter(({ meta }) => meta.index > snapshot.index);
  }
  const base = baseOf(replica);
  if (truncateFrom !== null) {
    invariant(truncateFrom > base, "a cut into the snapshot");
    replica.entries.length = Math.min(replica.entries.length, truncateFrom - base - 1);
  }
  for (const entry of entries) {
    invariant(entry.index === base + replica.entries.length + 1, "a gap in the log");
    replica.entries.push(entry);
  }
  if (hardState !== null) replica.hardState = hardState;
};

const baseOf = ({ snapshot }: Replica): LogIndex => snapshot?.meta.index ?? 0;

const lastOf = (replica: Replica): LogIndex => baseOf(replica) + replica.entries.length;

const sameSnapshot = (one: SnapshotMeta, other: SnapshotMeta): boolean =>
  one.index === other.index && one.term === other.term;
