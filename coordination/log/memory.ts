import { SwarmError } from "../protocol/errors.ts";
import type { ActorId, RunId } from "../protocol/ids.ts";
import { bufferedLog } from "./buffered.ts";
import type { Addition } from "./chunk.ts";
import { decodeRow, type EncodedRow } from "./codec.ts";
import type { EventLog, Position, ReadOptions, Snapshot, StoredRow } from "./log.ts";
import type { Batch, Store } from "./store.ts";

/** A log in memory, for tests and simulations, with the accidents that a disk has. */
export type MemoryLog = EventLog & {
  /**
   * The process dies and starts again: what was not durable is lost, its `durable` promises never settle, and its leases
   * are free. The log can be used on, as by the next process.
   */
  crash(): void;
  /** The next group commit fails with this code, for instance `ENOSPC`; nothing of it is kept, and the log is broken until `crash`. */
  failNextCommit(code: string): void;
  /** Group commits so far. */
  readonly commits: number;
};

export type MemoryLogOptions = {
  /**
   * Runs the next group commit: called once a batch, when its first row arrives. A simulation passes its own, so that
   * what is durable at a crash is a matter of its seed. Default: the end of this tick.
   */
  readonly schedule?: (commit: () => void) => void;
};

export const memoryLog = ({
  schedule = (commit) => void setImmediate(commit),
}: MemoryLogOptions = {}): MemoryLog => {
  const { store, disk } = memoryStore();
  let epoch = 0;
  // A commit that a dead process had scheduled must not write the rows of the next.
  const scheduleNow = (commit: () => void): void => {
    const born = epoch;
    schedule(() => {
      if (born === epoch) commit();
    });
  };
  let soonIsDue = false;
  const once = (commit: () => void): void => {
    if (soonIsDue) return;
    soonIsDue = true;
    scheduleNow(() => {
      soonIsDue = false;
      commit();
    });
  };
  const { log, forgetPending } = bufferedLog(store, { soon: once, later: once });
  return {
    ...log,
    crash: () => {
      epoch += 1;
      soonIsDue = false;
      disk.leases.clear();
      disk.failure = undefined;
      forgetPending();
    },
    failNextCommit: (code) => {
      disk.failure = code;
    },
    get commits() {
      return disk.commits;
    },
  };
};

type MemoryRun = { readonly rows: EncodedRow[]; readonly byActor: Map<ActorId, Position[]> };

const memoryStore = () => {
  const runs = new Map<RunId, MemoryRun>();
  const blobs = new Map<string, string>();
  const snapshots = new Map<RunId, string>();
  const disk = { leases: new Set<RunId>(), failure: undefined as string | undefined, commits: 0 };

  const blob = (hash: string): string => {
    const text = blobs.get(hash);
    if (text === undefined) throw new SwarmError("LOG_CORRUPT", `blob ${hash} is missing`);
    return text;
  };

  const commit = ({ additions, snapshots: saved }: Batch): void => {
    if (disk.failure !== undefined) throw new Error(`${disk.failure}: injected`);
    disk.commits += 1;
    for (const addition of additions) add(addition);
    for (const { run, snapshot } of saved) snapshots.set(run, JSON.stringify(snapshot));
  };

  const add = ({ run: name, rows }: Addition): void => {
    const run = runs.get(name) ?? { rows: [], byActor: new Map<ActorId, Position[]>() };
    runs.set(name, run);
    for (const row of rows) {
      if (row.actor !== undefined) {
        const positions = run.byActor.get(row.actor);
        if (positions === undefined) run.byActor.set(row.actor, [run.rows.length]);
        else positions.push(run.rows.length);
      }
      run.rows.push(row);
      for (const { hash, bytes } of row.blobs)
        if (!blobs.has(hash)) blobs.set(hash, Buffer.from(bytes).toString());
    }
  };

  function* read(
    run: RunId,
    from: Position,
    end: Position,
    { actor }: ReadOptions = {},
  ): Iterable<StoredRow> {
    const found = runs.get(run);
    if (found === undefined) return;
    const stored = (position: Position): StoredRow | undefined => {
      const row = found.rows[position];
      return row && { position, ...decodeRow(row.text, blob) };
    };
    if (actor === undefined) {
      for (let position = from; position < end; position += 1) {
        const row = stored(position);
        if (row !== undefined) yield row;
      }
      return;
    }
    for (const position of found.byActor.get(actor) ?? []) {
      const row = position >= from && position < end ? stored(position) : undefined;
      if (row !== undefined) yield row;
    }
  }

  const store: Store = {
    rows: (run) => runs.get(run)?.rows.length ?? 0,
    commit,
    read,
    blob,
    runs: () => [...runs.keys()].reverse(),
    snapshot: (run) => {
      const text = snapshots.get(run);
      return text === undefined ? undefined : (JSON.parse(text) as Snapshot);
    },
    lease: (run) => {
      if (disk.leases.has(run))
        throw new SwarmError("RUN_ALIVE", `run ${run} is being driven; wait for it or stop it`);
      disk.leases.add(run);
      return () => void disk.leases.delete(run);
    },
    isAlive: (run) => disk.leases.has(run),
    close: () => Promise.resolve(),
  };
  return { store, disk };
};
