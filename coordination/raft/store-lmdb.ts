import { openEnv } from "../log/lmdb-env.ts";
import { diskRaftStore, type DiskRaftStoreOptions, type Env } from "./store-disk.ts";
import { bytesOf } from "./store-keys.ts";
import type { RaftStore } from "./store.ts";

/**
 * The store in an LMDB environment, which the event log may share. Throws `HOME_UNUSABLE` if the folder cannot hold it.
 */
export const openLmdbRaftStore = (options: DiskRaftStoreOptions): RaftStore =>
  diskRaftStore(options, openLmdb);

const openLmdb = (dir: string): Env => {
  const env = openEnv(dir);
  return {
    get: (key) => env.get(bytesOf(key)),
    keys: ({ start, end }) =>
      env
        .entries({ start: bytesOf(start), end: bytesOf(end) })
        .map(({ key }) => Buffer.from(key).toString("latin1")),
    put: (key, value) => env.put(bytesOf(key), value),
    remove: (key) => env.remove(bytesOf(key)),
    transact: (bytes, write) => env.transact(bytes, write),
    refresh: () => env.refresh(),
    close: () => env.close(),
  };
};
