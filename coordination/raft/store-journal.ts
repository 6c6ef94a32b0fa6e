import { openJournal } from "./journal.ts";
import { diskRaftStore, type DiskRaftStoreOptions } from "./store-disk.ts";
import type { RaftStore } from "./store.ts";

/** The store in one append-only file, with one flush a write. Throws `HOME_UNUSABLE`, or `LOG_CORRUPT` for a damaged file. */
export const openJournalRaftStore = (options: DiskRaftStoreOptions): RaftStore =>
  diskRaftStore(options, openJournal);
