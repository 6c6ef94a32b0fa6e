// `swarm/raft/stores`: what a host of the core keeps its replicas' promises in. One contract suite holds for all three.
export type { DiskRaftStoreOptions } from "./store-disk.ts";
export { openJournalRaftStore } from "./store-journal.ts";
export { openLmdbRaftStore } from "./store-lmdb.ts";
export { memoryRaftStore } from "./store-memory.ts";
export type { NodeWrite, RaftStore, StoredSnapshot } from "./store.ts";
