import type { ActorId, RunId } from "../protocol/ids.ts";
import type { Json } from "../protocol/json.ts";
import type { Row } from "../protocol/row.ts";

/** Place of a row in the log: rises by one a row, over all runs of one home, from 0. */
export type Position = number;

/** A row as it stands in the log. */
export type StoredRow = {
  readonly position: Position;
  readonly row: Row;
  /** sha256 (hex) over the hash before it (of the same run and writer) and this row's stored form. */
  readonly hash: string;
  /** One digest (hex) an effect, over its canonical stored form; empty for rows without effects. */
  readonly digests: readonly string[];
};

export type ReadOptions = {
  /** First position to read; default the run's first row. */
  readonly from?: Position;
  /** Only the turns of this actor. */
  readonly actor?: ActorId;
};

/** A run at a glance, read without scanning it. */
export type RunSummary = {
  readonly run: RunId;
  readonly first: StoredRow;
  /** The newest durable row: `finished` if the run ended by itself. */
  readonly last: StoredRow;
  /** Number of rows. */
  readonly rows: number;
};

/** The state of a run's actors after all rows up to and including `position`. */
export type Snapshot = { readonly position: Position; readonly state: Json };

/** Held by the one process that drives a run. */
export type Lease = { readonly run: RunId; release(): void };

/**
 * The record. Append-only; what was durable once is never lost, reordered or changed.
 *
 * After a failed write the log is *broken*: every later `append` and `durable` fails with `LOG_WRITE_FAILED`, and what
 * was durable before stays readable.
 */
export interface EventLog {
  /** Adds a row to the end, in memory. It reaches the disk with the next group commit (soon, or at once when awaited by `durable`). */
  append(row: Row): Position;
  /** Resolves when all rows up to and including `position` are on disk. Concurrent calls share one commit. */
  durable(position: Position): Promise<void>;
  /** Rows of a run in order, also those not yet durable that this process appended. Holds no read transaction across yields. */
  read(run: RunId, options?: ReadOptions): Iterable<StoredRow>;
  /** Rows as they become durable, from `from` on, also when another process writes them. Ends when aborted. */
  follow(run: RunId, options: { readonly from?: Position; readonly signal: AbortSignal }): AsyncIterable<StoredRow>;
  /** All runs, newest first. */
  runs(): Iterable<RunSummary>;
  summary(run: RunId): RunSummary | undefined;
  /** Keeps a snapshot; durable no later than the next commit. The newest one wins. */
  saveSnapshot(run: RunId, snapshot: Snapshot): void;
  latestSnapshot(run: RunId): Snapshot | undefined;
  /** Takes the lease of a run; throws `SwarmError` `RUN_ALIVE` while another living process (or this one) holds it. */
  lease(run: RunId): Lease;
  /** Whether a living process holds the lease. */
  isAlive(run: RunId): boolean;
  /** Writes what is pending, then closes. */
  close(): Promise<void>;
}
