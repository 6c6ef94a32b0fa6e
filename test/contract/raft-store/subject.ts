import type { RaftStore } from "../../../coordination/raft/store.ts";

/** A store under test and what can be done to it from outside. */
export type Subject = {
  readonly store: RaftStore;
  /** The process ends without a word, and the next opens what it left. */
  readonly crash: () => Promise<RaftStore>;
  readonly dispose: () => Promise<void>;
};
