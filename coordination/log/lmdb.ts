import type { Diagnostics } from "../protocol/diagnostics.ts";
import { bufferedLog } from "./buffered.ts";
import { leases } from "./lease.ts";
import { openEnv } from "./lmdb-env.ts";
import { lmdbReader } from "./lmdb-read.ts";
import { lmdbWriter } from "./lmdb-write.ts";
import type { EventLog } from "./log.ts";
import type { Store } from "./store.ts";

export type LmdbLogOptions = {
  /** The folder of the environment; made if need be. Any number of processes may open it. */
  readonly dir: string;
  /** Rows that nobody waits for are on disk after so long, or ten times what a commit takes. */
  readonly lingerMs?: number;
  /** How soon `follow` sees rows of other processes. */
  readonly pollMs?: number;
  /** Absent: nobody watches. */
  readonly diagnostics?: Diagnostics | undefined;
  /** For tests: runs within each group commit, before it is made durable; what it throws is a failed write. */
  readonly beforeCommit?: () => void;
};

/** The record on disk. Throws `HOME_UNUSABLE` if the folder cannot hold it. */
export const openLmdbLog = ({
  dir,
  lingerMs = 20,
  pollMs = 50,
  diagnostics,
  beforeCommit,
}: LmdbLogOptions): EventLog => {
  const env = openEnv(dir);
  const reader = lmdbReader(env);
  const { commit } = lmdbWriter({ env, placesByActor: reader.placesByActor, beforeCommit });
  const { take, isAlive } = leases(env, dir);
  const unwatch = diagnostics?.watch(() => [{ type: "log.space", ...env.space() }]);
  const store: Store = {
    rows: (run) => {
      env.refresh();
      return reader.record(run).rows;
    },
    commit: (batch) => {
      const startedMs = performance.now();
      commit(batch);
      commitMs = performance.now() - startedMs;
      diagnostics?.tell({
        type: "log.committed",
        seconds: commitMs / 1000,
        rows: batch.additions.reduce((rows, addition) => rows + addition.rows.length, 0),
        run: batch.additions[0]?.run,
      });
    },
    read: reader.read,
    blob: reader.blob,
    runs: reader.runs,
    snapshot: reader.snapshot,
    lease: take,
    isAlive,
    close: () => {
      unwatch?.();
      return env.close();
    },
  };
  let timer: NodeJS.Timeout | undefined;
  let commitMs = 0;
  return bufferedLog(store, {
    soon: (run) => void setImmediate(run),
    later: (run) => {
      // One timer is enough: the batch after next goes a little early rather than late. What nobody waits for should cost
      // little of the time, also where a commit takes long.
      timer ??= setTimeout(
        () => {
          timer = undefined;
          run();
        },
        Math.max(lingerMs, 10 * commitMs),
      ).unref();
    },
    pollMs,
  }).log;
};
