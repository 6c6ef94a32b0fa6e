import { invariant } from "../protocol/invariant.ts";
import type { Cells } from "./store-cells.ts";
import { decodeHead, encodeHead, type Head } from "./store-codec.ts";
import { entriesOf, type SealEntries } from "./store-entries.ts";
import { keysOf } from "./store-keys.ts";
import { snapshotsOf } from "./store-snapshots.ts";
import type { StoredSnapshot } from "./store.ts";
import type { DurableWrite, LogIndex, NodeId, SnapshotMeta, Stored } from "./types.ts";

/** So many values that nobody needs any more are removed with a write: a compaction must not hold up one of them. */
const sweptAtOnce = 64;

export type ReplicaDeps = {
  readonly cells: Cells;
  readonly group: string;
  readonly node: NodeId;
  readonly sealEntries: SealEntries;
};

export type Replica = ReturnType<typeof openReplica>["replica"];

/**
 * One replica as it stands in the cells, and what it finds there. `begin`, what changes it, and `end` belong in one transaction. After one that failed
 * it is of no use.
 */
export const openReplica = ({ cells, group, node, sealEntries }: ReplicaDeps) => {
  const keys = keysOf(group, node);
  const name = `node ${node} of group ${group}`;
  const entries = entriesOf({ cells, keys, name, sealEntries });
  const snapshots = snapshotsOf({ cells, keys, name });
  const what = `the head of ${name}`;

  const load = (): Stored & { readonly head: Head } => {
    const text = cells.read(keys.head, what);
    // Until there is a snapshot, a log begins with its first entry: then the head was there too, and the vote with it.
    if (text === undefined && cells.bytes(keys.entries(1), what) !== undefined)
      throw cells.damage(what, "it is missing");
    const head = text === undefined ? { ...unborn, node } : decodeHead(text);
    if (head?.node !== node) throw cells.damage(what, "it has the wrong shape");
    const { term, vote } = head;
    const snapshot = snapshots.load(head.slot);
    const found = entries.load(snapshot?.index ?? 0, head);
    return { head, hardState: { term, vote }, snapshot, entries: found };
  };

  const { head, ...stored } = load();
  let { writes, term, vote } = head;
  let headBytes = cells.bytes(keys.head, what);
  let forgettable = stored.snapshot?.index ?? 0;
  const base = (): LogIndex => snapshots.stored()?.meta.index ?? 0;

  /** Two processes that drive one replica would answer for it twice; the one that started first fails here. */
  const begin = (): void => {
    const now = cells.bytes(keys.head, what);
    const same = headBytes === undefined ? now === undefined : now?.equals(headBytes) === true;
    if (!same) throw new Error(`${name} was written by another process meanwhile`);
  };

  const write = ({ hardState, snapshot, truncateFrom, entries: added }: DurableWrite): void => {
    if (snapshot !== null) {
      snapshots.promote(snapshot);
      entries.restart(snapshot.index);
    }
    if (truncateFrom !== null) {
      invariant(truncateFrom > base(), "a cut into the snapshot");
      entries.cut(truncateFrom);
    }
    entries.append(added);
    if (hardState !== null) ({ term, vote } = hardState);
  };

  const end = (): void => {
    entries.sweep(forgettable, sweptAtOnce);
    snapshots.sweep(sweptAtOnce);
    writes += 1;
    const slot = snapshots.stored()?.slot ?? 0;
    const { first, last } = entries.ends();
    headBytes = cells.seal(encodeHead({ node, writes, term, vote, slot, first, last }));
    cells.put(keys.head, headBytes);
  };

  const replica = {
    begin,
    write,
    end,
    stage: (meta: SnapshotMeta, offset: number, data: string, done: boolean): void =>
      snapshots.stage(meta, offset, data, done),
    /** Whether to keep a snapshot of the node's own, which must stand for entries that are here. */
    wants: ({ index }: SnapshotMeta): boolean => {
      invariant(index <= entries.ends().last, "a snapshot of entries that are not stored");
      return index > base();
    },
    newSlot: snapshots.newSlot,
    putPiece: snapshots.putPiece,
    takeOver: snapshots.takeOver,
    chunk: (meta: SnapshotMeta, offset: number, length: number): string | undefined =>
      snapshots.chunk(meta, offset, length),
    whole: (): StoredSnapshot | undefined => snapshots.whole(),
    compact: (upTo: LogIndex): void => {
      invariant(upTo <= base(), "compaction beyond the snapshot");
      forgettable = Math.max(forgettable, upTo);
    },
  };
  return { replica, stored };
};

const unborn = { writes: 0, term: 0, vote: null, slot: 0, first: 1, last: 0 } as const;
