import type { RunId } from "../protocol/ids.ts";
import type { Addition } from "./chunk.ts";
import type { Position, ReadOptions, Snapshot, StoredRow } from "./log.ts";

/** What one group commit writes: all of it or nothing. */
export type Batch = {
  readonly additions: readonly Addition[];
  /** Runs whose last row ever is among them. */
  readonly finished: readonly RunId[];
  readonly snapshots: readonly { readonly run: RunId; readonly snapshot: Snapshot }[];
};

/** What is durable, below the buffering that both adapters share. Everything is synchronous. */
export type Store = {
  /** How many durable rows a run has. */
  rows(run: RunId): number;
  /** Makes a batch durable, or throws and leaves nothing of it. */
  commit(batch: Batch): void;
  /** Durable rows from `from` up to but not including `end`. Without `actor` their chain is checked on the way. */
  read(
    run: RunId,
    from: Position,
    end: Position,
    options?: Pick<ReadOptions, "actor" | "onBroken">,
  ): Iterable<StoredRow>;
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
