import { openEnv } from "../log/lmdb-env.ts";
import { diskRaftStore, type DiskRaftStoreOptions } from "./store-disk.ts";
import type { RaftStore } from "./store.ts";

/**
 * The store in an LMDB environment, which the event log may share. Throws `HOME_UNUSABLE` if the folder cannot hold it.
 */
export const openLmdbRaftStore = (options: DiskRaftStoreOptions): RaftStore =>
  diskRaftStore(options, openEnv);
