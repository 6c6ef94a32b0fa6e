import type {
  DurableWrite,
  Entry,
  HardState,
  LogIndex,
  SnapshotMeta,
  Stored,
  Term,
} from "../../../coordination/raft/types.ts";
import { broken } from "./violation.ts";

export type StoredSnapshot = { readonly meta: SnapshotMeta; readonly data: string };

/** What a node would find on its disk if its power failed now. */
export type Disk = {
  hardState: HardState;
  snapshot: StoredSnapshot | null;
  /** The index before the first of `entries`. */
  base: LogIndex;
  entries: Entry[];
  /** Whole snapshots of leaders, put aside until a write takes one over. */
  staged: StoredSnapshot[];
};

export const emptyDisk = (): Disk => ({
  hardState: { term: 0, vote: null },
  snapshot: null,
  base: 0,
  entries: [],
  staged: [],
});

export const storedOn = ({ hardState, snapshot, entries }: Disk): Stored => ({
  hardState,
  snapshot: snapshot?.meta ?? null,
  entries: [...entries],
});

/** Where the log on disk ends. */
export const lastOnDisk = ({ base, entries }: Disk): LogIndex => base + entries.length;

/** Whether the disk holds the entry of this index and term, by itself or in a snapshot, which holds only what is committed. */
export const diskHolds = (disk: Disk, index: LogIndex, term: Term): boolean =>
  index <= (disk.snapshot?.meta.index ?? 0) || disk.entries[index - disk.base - 1]?.term === term;

export const writeToDisk = (
  disk: Disk,
  { hardState, snapshot, truncateFrom, entries }: DurableWrite,
): void => {
  if (snapshot !== null) takeOver(disk, snapshot);
  if (truncateFrom !== null) {
    if (truncateFrom <= disk.base)
      broken(`a write removes entries from ${truncateFrom} on, which a snapshot holds`);
    disk.entries.length = Math.min(disk.entries.length, truncateFrom - disk.base - 1);
  }
  for (const entry of entries) {
    if (entry.index !== lastOnDisk(disk) + 1)
      broken(`a write appends entry ${entry.index} to a log that ends at ${lastOnDisk(disk)}`);
    disk.entries.push(entry);
  }
  if (hardState !== null) {
    if (hardState.term < disk.hardState.term) broken(`the term on disk falls to ${hardState.term}`);
    disk.hardState = hardState;
  }
};

const takeOver = (disk: Disk, { index, term }: SnapshotMeta): void => {
  const snapshot = disk.staged.find(({ meta }) => meta.index === index && meta.term === term);
  if (snapshot === undefined)
    return broken(`a write takes over the snapshot at ${index}, which was not staged`);
  disk.snapshot = snapshot;
  disk.staged = disk.staged.filter(({ meta }) => meta.index > index);
  disk.base = index;
  disk.entries = [];
};

/** A snapshot of the node's own. One that comes late must not take the place of a newer one. */
export const keepSnapshot = (disk: Disk, snapshot: StoredSnapshot): void => {
  if (snapshot.meta.index > (disk.snapshot?.meta.index ?? 0)) disk.snapshot = snapshot;
};

/** Entries that a snapshot holds may go. */
export const compactDisk = (disk: Disk, upTo: LogIndex): void => {
  if (upTo > (disk.snapshot?.meta.index ?? 0))
    broken(`entries up to ${upTo} are dropped, which no snapshot holds`);
  if (upTo <= disk.base) return;
  disk.entries.splice(0, upTo - disk.base);
  disk.base = upTo;
};
