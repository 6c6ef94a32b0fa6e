import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../actors/runtime/clock.ts";
import type { Coordinator, CoordinatorDeps } from "../../actors/runtime/performers.ts";
import type { Bus } from "../../coordination/bus/bus.ts";
import { openGroup } from "../../coordination/coordinator/group.ts";
import type { Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import { envelopeId, type RunId } from "../../coordination/protocol/ids.ts";
import { openJournalRaftStore } from "../../coordination/raft/store-journal.ts";
import { memoryRaftStore } from "../../coordination/raft/store-memory.ts";
import type { RaftStore } from "../../coordination/raft/store.ts";

/** Where the replicas of runs keep their logs. */
export type ReplicaStores = {
  readonly open: (run: RunId) => RaftStore;
  /** The run has ended: its rows hold all that its replicas knew. */
  readonly discard: (run: RunId) => void;
};

/** A folder for each run, removed with the run's end. */
export const storesIn = (home: string): ReplicaStores => {
  const folderOf = (run: RunId): string => join(home, "raft", run);
  return {
    open: (run) => openJournalRaftStore({ dir: folderOf(run), group: run }),
    discard: (run) => rmSync(folderOf(run), { recursive: true, force: true }),
  };
};

export const storesInMemory = (): ReplicaStores => {
  const stores = new Map<RunId, RaftStore>();
  return {
    open: (run) => {
      const store = stores.get(run) ?? memoryRaftStore();
      stores.set(run, store);
      return store;
    },
    discard: (run) => void stores.delete(run),
  };
};

export type GroupSettings = {
  readonly run: RunId;
  readonly replicas: number;
  readonly seed: number;
  /** Tells this process from earlier ones of the run. */
  readonly opening: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly stores: ReplicaStores;
  readonly diagnostics?: Diagnostics;
};

/** The run's own Raft group. It, and its store, come to life with the first entry. */
export const coordinatorOf = ({ run, stores, ...settings }: GroupSettings) => {
  let store: RaftStore | undefined;
  return {
    coordinator: (deps: CoordinatorDeps): Coordinator =>
      openGroup({
        ...settings,
        group: run,
        store: () => (store ??= stores.open(run)),
        recorded: deps.recorded,
        committed: (id, body) => deps.committed(envelopeId(id), body),
        broken: deps.broken,
      }),
    /** To be called once nothing is proposed any more. Again: does nothing. */
    close: async (hasEnded: boolean): Promise<void> => {
      // Closing a file twice would close what somebody else has opened in between.
      const opened = store;
      store = undefined;
      await opened?.close();
      if (hasEnded) stores.discard(run);
    },
  };
};
