import { invariant } from "../../coordination/protocol/invariant.ts";
import type { RaftInput } from "../../coordination/raft/io.ts";
import type {
  DurableWrite,
  Entry,
  HardState,
  LogIndex,
  SnapshotMeta,
  Stored,
} from "../../coordination/raft/types.ts";

export type StoredSnapshot = { readonly meta: SnapshotMeta; readonly data: string };

/** What survives a crash, and the jobs that a stalled disk has not done, which do not. */
export type Disk = {
  hardState: HardState;
  snapshot: StoredSnapshot | null;
  entries: Entry[];
  /** The parts of a leader's snapshot that have come. A crash loses them: the leader begins anew. */
  staged: StoredSnapshot | null;
  stalled: boolean;
  waiting: DiskJob[];
};

export type DiskJob =
  | { readonly type: "write"; readonly write: DurableWrite }
  | { readonly type: "keep"; readonly snapshot: StoredSnapshot }
  | {
      readonly type: "stage";
      readonly meta: SnapshotMeta;
      readonly offset: number;
      readonly data: string;
      readonly done: boolean;
    }
  | { readonly type: "compact"; readonly upTo: LogIndex };

export const diskOf = ({ hardState, entries }: Pick<Stored, "hardState" | "entries">): Disk => ({
  hardState,
  snapshot: null,
  entries: [...entries],
  staged: null,
  stalled: false,
  waiting: [],
});

export const storedOn = ({ hardState, snapshot, entries }: Disk): Stored => ({
  hardState,
  snapshot: snapshot?.meta ?? null,
  entries: [...entries],
});

/** What the power cut takes. */
export const cutPower = (disk: Disk): void => {
  disk.staged = null;
  disk.waiting = [];
};

/** Does one job, durably; returns what the node is to be told. */
export const doJob = (disk: Disk, job: DiskJob): RaftInput | undefined => {
  switch (job.type) {
    case "write":
      write(disk, job.write);
      return { type: "persisted", upTo: job.write.token };
    case "keep": {
      const { meta, data } = job.snapshot;
      // A snapshot of its own that comes late must not take the place of a leader's newer one.
      if (meta.index > (disk.snapshot?.meta.index ?? 0)) disk.snapshot = job.snapshot;
      return { type: "snapshotTaken", index: meta.index, length: data.length };
    }
    case "stage": {
      const { meta, offset, data, done } = job;
      const before = offset === 0 ? "" : (disk.staged?.data ?? "");
      invariant(before.length === offset, "a gap in a staged snapshot");
      disk.staged = { meta, data: before + data };
      return done ? { type: "snapshotStored", index: meta.index, term: meta.term } : undefined;
    }
    case "compact":
      disk.entries = disk.entries.filter(({ index }) => index > job.upTo);
      return undefined;
  }
};

/** All or nothing, in the order that `DurableWrite` promises. */
const write = (disk: Disk, { hardState, snapshot, truncateFrom, entries }: DurableWrite): void => {
  if (snapshot !== null) {
    const { staged } = disk;
    invariant(
      staged?.meta.index === snapshot.index && staged.meta.term === snapshot.term,
      "a write takes over a snapshot that is not staged",
    );
    disk.snapshot = staged;
    disk.staged = null;
    disk.entries = [];
  }
  if (truncateFrom !== null) disk.entries = disk.entries.filter(({ index }) => index < truncateFrom);
  for (const entry of entries) {
    const last = disk.entries.at(-1)?.index ?? disk.snapshot?.meta.index ?? 0;
    invariant(entry.index === last + 1, `a gap on the disk: entry ${entry.index} after ${last}`);
    disk.entries.push(entry);
  }
  if (hardState !== null) disk.hardState = hardState;
};
