import type { ActorId, RunId } from "../protocol/ids.ts";
import type { Json } from "../protocol/json.ts";
import type { Row } from "../protocol/row.ts";

/**
 * Place of a row in its run: 0, 1, 2, ... The one process that drives a run gives it out at once, without asking the
 * disk. An order over all runs of a home is in the chunks (`docs/log-format.md`).
 */
export type Position = number;

/** A row as it stands in the log: plain data, absent members left out. */
export type StoredRow = {
  readonly position: Position;
  readonly row: Row;
  /** The sha256 of each effect of the row, in their order. */
  readonly digests: readonly string[];
};

export type FollowedRow = Pick<StoredRow, "position" | "row">;

/** Rows of a run from `first` to `last`, both of them among them. */
export type RowRange = { readonly first: Position; readonly last: Position };

export type BrokenOptions = {
  /** Told of rows where the hash chain of the run breaks, before it gets them, instead of `LOG_CORRUPT` that ends the reading. */
  readonly onBroken?: ((rows: RowRange) => void) | undefined;
};

export type ReadOptions = BrokenOptions & {
  /** First position to read; default the run's first row. Found without reading what lies before it. */
  readonly from?: Position;
  /** Only the turns of this actor, found by an index. */
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

/** The state of a run's actors after all rows up to and including `position`. A shortcut: the rows alone say as much. */
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
  /**
   * Adds a row to the end of its run, in memory. It reaches the disk soon, or at the end of this tick when awaited by
   * `durable`. Throws `TypeError` on what JSON cannot say, and then nothing was added.
   */
  append(row: Row): Position;
  /** Resolves when all rows of the run up to and including `position` are on disk. Concurrent calls share one commit. */
  durable(run: RunId, position: Position): Promise<void>;
  /**
   * Rows of a run in order, those that were there when the reading began, also those not yet durable that this process
   * appended. Streams chunk by chunk and holds no read transaction across yields. Throws `LOG_CORRUPT`, `LOG_VERSION`.
   * A row that was changed, added, removed or moved breaks the run's hash chain: who reads without `actor` to the end is
   * told so at the first commit of the run that does not fit.
   */
  read(run: RunId, options?: ReadOptions): Iterable<StoredRow>;
  /**
   * Rows as they become durable, from `from` on, also when another process writes them. Those that this process appends are
   * the objects that it appended. Ends when aborted.
   */
  follow(
    run: RunId,
    options: { readonly from?: Position; readonly signal: AbortSignal },
  ): AsyncIterable<FollowedRow>;
  /** All runs, newest first. */
  runs(options?: BrokenOptions): Iterable<RunSummary>;
  summary(run: RunId, options?: BrokenOptions): RunSummary | undefined;
  /** Keeps a snapshot; durable no later than the next commit. The newest one wins. */
  saveSnapshot(run: RunId, snapshot: Snapshot): void;
  latestSnapshot(run: RunId): Snapshot | undefined;
  /**
   * Takes the lease of a run; throws `SwarmError` `RUN_ALIVE` while another living process (or this one) holds it. The
   * lease of a dead process is free. A writer that lost its lease is stopped by its next commit, which then fails.
   */
  lease(run: RunId): Lease;
  /** Whether a living process holds the lease. */
  isAlive(run: RunId): boolean;
  /** Writes what is pending, gives back its leases, then closes. Fails like `durable` if the writing does; it is closed then, too. */
  close(): Promise<void>;
}
