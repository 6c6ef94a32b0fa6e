import type { ActorId, RunId } from "../protocol/ids.ts";
import type { EncodedRow } from "./codec.ts";
import type { Position, Snapshot, StoredRow } from "./log.ts";

/** What one group commit writes: all of it or nothing. */
export type Batch = {
  readonly rows: readonly EncodedRow[];
  /** The position of the first row of each run in `rows`. */
  readonly first: ReadonlyMap<RunId, Position>;
  readonly snapshots: readonly { readonly run: RunId; readonly snapshot: Snapshot }[];
};

/** Where a run ends: how many durable rows it has, and the hash of the last. */
export type Tail = { readonly rows: number; readonly hash: string };

/** What is durable, below the buffering that both adapters share. Everything is synchronous. */
export type Store = {
  tail(run: RunId): Tail;
  /** Makes a batch durable, or throws and leaves nothing of it. */
  commit(batch: Batch): void;
  /** Durable rows from `from` up to but not including `end`. */
  read(run: RunId, from: Position, end: Position, actor?: ActorId): Iterable<StoredRow>;
  /** Durable blob. */
  blob(hash: string): string;
  /** Runs with durable rows, newest first. */
  runs(): Iterable<RunId>;
  snapshot(run: RunId): Snapshot | undefined;
  /** Takes the lease or throws `RUN_ALIVE`; gives back how to release it. */
  lease(run: RunId): () => void;
  isAlive(run: RunId): boolean;
  close(): Promise<void>;
};
