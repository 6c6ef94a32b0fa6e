import { sealText, unseal } from "../log/seal.ts";
import { SwarmError } from "../protocol/errors.ts";
import { InvariantError, invariant } from "../protocol/invariant.ts";
import type { KeyRange } from "./store-keys.ts";
import type { Cells } from "./store-cells.ts";
import { encodeEntries } from "./store-codec.ts";
import type { SealEntries } from "./store-entries.ts";
import { openReplica, type Replica } from "./store-replica.ts";
import type { NodeWrite, RaftStore } from "./store.ts";
import type { Entry, NodeId, SnapshotMeta } from "./types.ts";

/** Values under keys on a disk; what LMDB and the journal have in common. */
export type Env = {
  get(key: string): Buffer | undefined;
  keys(range: KeyRange): readonly string[];
  /** Only within `transact`, and so is `remove`. */
  put(key: string, value: Buffer): void;
  remove(key: string): void;
  /** All of `write`, about `bytes`, on disk when this returns, or nothing of it when this throws. */
  transact(bytes: number, write: () => void): void;
  /** Later reads see what other processes have committed since. */
  refresh(): void;
  close(): Promise<void>;
};

export type DiskRaftStoreOptions = {
  /** The folder. Several groups may share it. */
  readonly dir: string;
  /** At most 255 bytes, none of them zero. */
  readonly group: string;
  /** For tests: runs within each transaction, before it is made durable; what it throws is a failed write. */
  readonly beforeCommit?: () => void;
};

/** Characters of own snapshots in one value, and values in one transaction: LMDB must not run out of pages in memory. */
const pieceChars = 64 * 1024;
const piecesAtOnce = 64;

/** A store on what `open` opens. `docs/raft-store-format.md` has the format. */
export const diskRaftStore = (
  { dir, group, beforeCommit }: DiskRaftStoreOptions,
  openEnv: (dir: string) => Env,
): RaftStore => {
  const groupBytes = Buffer.byteLength(group);
  invariant(groupBytes > 0 && groupBytes <= 255 && !group.includes("\0"), "a group needs a short name");
  const env = openEnv(dir);
  const cells = cellsOf(env);
  const sealEntries = sealedOnce(cells);
  const replicas = new Map<NodeId, Replica>();
  let broken: Error | undefined;

  const open = (node: NodeId): ReturnType<typeof openReplica> => {
    env.refresh();
    const opened = openReplica({ cells, group, node, sealEntries });
    replicas.set(node, opened.replica);
    return opened;
  };
  const replicaOf = (node: NodeId): Replica => replicas.get(node) ?? open(node).replica;

  /** `change` on disk as a whole when this returns. What it did to a replica in memory is not undone if it fails. */
  const transact = (chars: number, change: () => void): void => {
    if (broken !== undefined) throw broken;
    try {
      env.transact(utf8BytesAtMost * chars, () => {
        change();
        beforeCommit?.();
      });
    } catch (cause) {
      // A bug is no broken disk, and damage that a write met is not mended by free space; but neither may be written over.
      broken =
        cause instanceof SwarmError || cause instanceof InvariantError ? cause : writeFailed(group, cause);
      throw broken;
    }
  };

  const changeOne = (replica: Replica, chars: number, change: () => void): void =>
    transact(chars, () => {
      replica.begin();
      change();
      replica.end();
    });

  return {
    load: (node) => open(node).stored,
    write: (writes) => {
      const touched = new Set<Replica>();
      for (const { node } of writes) touched.add(replicaOf(node));
      transact(charsOf(writes), () => {
        for (const replica of touched) replica.begin();
        for (const { node, write } of writes) replicaOf(node).write(write);
        for (const replica of touched) replica.end();
      });
    },
    stageChunk: (node, meta, offset, data, done) => {
      const replica = replicaOf(node);
      changeOne(replica, data.length, () => replica.stage(meta, offset, data, done));
    },
    saveSnapshot: (node, meta, data) => {
      const replica = replicaOf(node);
      invariant(data.length === meta.length, "a snapshot of another length than it said");
      if (!replica.wants(meta)) return;
      const slot = replica.newSlot();
      const offsets = offsetsIn(meta);
      for (let at = 0; at < offsets.length; at += piecesAtOnce) {
        const some = offsets.slice(at, at + piecesAtOnce);
        changeOne(replica, some.length * pieceChars, () => {
          for (const offset of some) replica.putPiece(slot, offset, data.slice(offset, offset + pieceChars));
        });
      }
      changeOne(replica, 0, () => replica.takeOver({ slot, meta, offsets }));
    },
    readChunk: (node, meta, offset, length) => replicaOf(node).chunk(meta, offset, length),
    readSnapshot: (node) => replicaOf(node).whole(),
    compact: (node, upTo) => replicaOf(node).compact(upTo),
    close: () => env.close(),
  };
};

const offsetsIn = ({ length }: SnapshotMeta): readonly number[] =>
  Array.from({ length: Math.ceil(length / pieceChars) }, (_, at) => at * pieceChars);

const utf8BytesAtMost = 3;

const charsOf = (writes: readonly NodeWrite[]): number => {
  let chars = 0;
  for (const { write } of writes)
    for (const { payload } of write.entries)
      chars += payload.type === "command" ? payload.id.length + payload.data.length : 0;
  return chars;
};

/** Replicas in one process mostly write the same entries, one right after the other. */
const sealedOnce = (cells: Cells): SealEntries => {
  let latest: readonly Entry[] = [];
  let bytes: Buffer = Buffer.alloc(0);
  return (entries) => {
    if (entries.length !== latest.length || !entries.every((entry, at) => entry === latest[at])) {
      bytes = cells.seal(encodeEntries(entries));
      latest = entries;
    }
    return bytes;
  };
};

const cellsOf = (env: Env): Cells => ({
  read: (key, what) =>
    reading(what, () => {
      const sealed = env.get(key);
      return sealed === undefined ? undefined : unseal(sealed, what).toString();
    }),
  keys: (range, what) => reading(what, () => env.keys(range)),
  bytes: (key, what) => reading(what, () => env.get(key)),
  // Not deflated: a commit waits for this, and a compaction gives the space back.
  seal: sealText,
  put: (key, sealed) => env.put(key, sealed),
  remove: (key) => env.remove(key),
  damage,
});

/** The event log's advice for damage, to restore a copy, would be wrong here. */
const reading = <Found>(what: string, read: () => Found): Found => {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof SwarmError && cause.code === "LOG_VERSION") throw cause;
    throw damage(what, "it cannot be read", cause);
  }
};

/** A copy of the disk from before would forget votes that were given, and with them that there is one leader a term. */
const damage = (what: string, why: string, cause?: unknown): SwarmError =>
  new SwarmError(
    "LOG_CORRUPT",
    `${what} is damaged: ${why}; check the disk, restore no older copy, and let the replica join anew under another number`,
    { cause },
  );

const writeFailed = (group: string, cause: unknown): SwarmError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SwarmError(
    "LOG_WRITE_FAILED",
    `group ${group} could not be written (${reason}); what was acknowledged is safe: free space or mend the disk, then start again`,
    { cause },
  );
};
