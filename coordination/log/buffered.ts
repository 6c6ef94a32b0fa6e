import { SwarmError } from "../protocol/errors.ts";
import type { RunId } from "../protocol/ids.ts";
import type { Row } from "../protocol/row.ts";
import { decodeRow, encodeRow, type EncodedRow } from "./codec.ts";
import { followersOf } from "./followers.ts";
import type { BrokenOptions, EventLog, Lease, Position, ReadOptions, RunSummary, StoredRow } from "./log.ts";
import { charsOf, nothing, take, type Pending } from "./pending.ts";
import type { Store } from "./store.ts";

/** When things happen. */
export type Pace = {
  /** Runs a commit that somebody waits for: at the end of this tick, so that concurrent appends share it. */
  readonly soon: (commit: () => void) => void;
  /** Runs a commit that nobody waits for. Must not keep the process alive. */
  readonly later: (commit: () => void) => void;
  /** Look for rows of other processes this often; absent: there are none. */
  readonly pollMs?: number;
};

/** So many rows are written without delay, and so many more are not buffered but written at once. */
const promptlyRows = 4_096;
const atMostRows = 16_384;
const atMostChars = 8 * 1024 * 1024;

type Waiters = {
  readonly runs: Set<RunId>;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** The log as its users see it, over what makes batches durable: group commits, positions, failure. */
export const bufferedLog = (store: Store, pace: Pace) => {
  /** Where each run ends, pending rows counted. Only runs that this log has written. */
  const ends = new Map<RunId, Position>();
  const leases = new Map<RunId, () => void>();
  const followers = followersOf(store, pace.pollMs);
  let pending = nothing();
  let waiters: Waiters | undefined;
  let scheduled: "soon" | "later" | undefined;
  let broken: SwarmError | undefined;
  let closed = false;

  /** Writes all that is pending. */
  const flush = (): void => {
    const all = pending;
    pending = nothing();
    commit(all);
  };

  /**
   * Writes the runs that somebody waits for. Each run of a commit costs index entries, however few its rows: the others
   * gather more first.
   */
  const flushAwaited = (): void => {
    if (waiters === undefined || waiters.runs.size === pending.additions.size || pending.rows >= promptlyRows)
      return flush();
    commit(take(waiters.runs, pending));
    if (pending.additions.size + pending.snapshots.size > 0) schedule("later");
  };

  const commit = ({ additions, snapshots }: Pending): void => {
    scheduled = undefined;
    if (additions.size === 0 && snapshots.size === 0) return;
    const waiting = waiters;
    waiters = undefined;
    const finished = [...additions.values()].flatMap((each) => (each.finished ? [each.run] : []));
    try {
      store.commit({
        additions: [...additions.values()],
        finished,
        snapshots: Array.from(snapshots, ([run, snapshot]) => ({ run, snapshot })),
      });
    } catch (error) {
      broken = writeFailed(error);
      pending = nothing();
      waiting?.reject(broken);
      return;
    }
    // A run that has ended is not written again; 1,000 runs in one process must not pile up.
    for (const run of finished) ends.delete(run);
    waiting?.resolve();
    followers.tell(additions.values());
  };

  const schedule = (when: "soon" | "later"): void => {
    if (scheduled === when || scheduled === "soon") return;
    scheduled = when;
    pace[when](() => {
      if (scheduled === "soon") flushAwaited();
      else if (scheduled === "later") flush();
    });
  };

  const whyNotWritable = (): SwarmError | undefined =>
    closed && broken === undefined
      ? new SwarmError("LOG_WRITE_FAILED", "the log is closed; open it again to write")
      : broken;

  const assertWritable = (): void => {
    const refusal = whyNotWritable();
    if (refusal !== undefined) throw refusal;
  };

  const append = (row: Row): Position => {
    assertWritable();
    const { run } = row;
    const encoded = encodeRow(row);
    const position = ends.get(run) ?? store.rows(run);
    const known = pending.additions.get(run);
    const addition = known ?? { run, first: position, rows: [], appended: [], finished: false };
    if (known === undefined) pending.additions.set(run, addition);
    addition.rows.push(encoded);
    addition.finished ||= row.type === "finished";
    if (followers.has(run)) addition.appended.push(row);
    else addition.appended.length = 0;
    ends.set(run, position + 1);
    pending.rows += 1;
    pending.chars += charsOf(encoded);
    if (pending.rows >= atMostRows || pending.chars >= atMostChars) {
      flush();
      assertWritable();
    } else schedule(pending.rows >= promptlyRows ? "soon" : "later");
    return position;
  };

  // Not async: who waits by the hundred should not pay for promises around one promise.
  const durable = (run: RunId, position: Position): Promise<void> => {
    const refusal = whyNotWritable();
    if (refusal !== undefined) return Promise.reject(refusal);
    const first = pending.additions.get(run)?.first;
    if (first === undefined || position < first) return Promise.resolve();
    waiters ??= waitersOf();
    waiters.runs.add(run);
    schedule("soon");
    return waiters.promise;
  };

  const blobOf = (hash: string, rows: readonly EncodedRow[]): string => {
    const blob = rows.flatMap(({ blobs }) => blobs).find((each) => each.hash === hash);
    return blob === undefined ? store.blob(hash) : Buffer.from(blob.bytes).toString();
  };

  function* read(run: RunId, { from = 0, ...options }: ReadOptions = {}): Iterable<StoredRow> {
    const { actor } = options;
    // Both ends now: what is appended while the caller reads is not part of this reading.
    const addition = pending.additions.get(run);
    const durableEnd = addition?.first ?? store.rows(run);
    const own = [...(addition?.rows ?? [])];
    yield* store.read(run, from, durableEnd, options);
    let position = durableEnd;
    for (const row of own) {
      if (position >= from && (actor === undefined || row.actor === actor)) yield decoded(row, position);
      position += 1;
    }
    function decoded({ text }: EncodedRow, at: Position): StoredRow {
      return { position: at, ...decodeRow(text, (name) => blobOf(name, own)) };
    }
  }

  const summary = (run: RunId, options?: BrokenOptions): RunSummary | undefined => {
    const rows = store.rows(run);
    const [first] = store.read(run, 0, Math.min(1, rows), options);
    const [last] = rows > 1 ? store.read(run, rows - 1, rows, options) : [first];
    return first === undefined || last === undefined ? undefined : { run, first, last, rows };
  };

  const log: EventLog = {
    append,
    durable,
    read,
    summary,
    follow: followers.follow,
    *runs(options) {
      for (const run of store.runs()) {
        const found = summary(run, options);
        if (found !== undefined) yield found;
      }
    },
    saveSnapshot(run, snapshot) {
      assertWritable();
      pending.snapshots.set(run, snapshot);
      schedule("later");
    },
    latestSnapshot: (run) => pending.snapshots.get(run) ?? store.snapshot(run),
    lease: (run): Lease => {
      assertWritable();
      const release = leaseIn(store, run);
      // Another process may have written the run since this one last did.
      if (!pending.additions.has(run)) ends.delete(run);
      leases.set(run, release);
      return {
        run,
        release: () => {
          if (leases.get(run) === release && leases.delete(run)) release();
        },
      };
    },
    isAlive: (run) => store.isAlive(run),
    close: async () => {
      if (closed) return;
      if (broken === undefined) flush();
      for (const release of leases.values()) release();
      leases.clear();
      const failure = broken;
      closed = true;
      followers.end();
      await store.close();
      if (failure !== undefined) throw failure;
    },
  };

  /** As if the process had died: what was not durable is gone, and nobody hears of it. */
  const forgetPending = (): void => {
    pending = nothing();
    waiters = undefined;
    scheduled = undefined;
    broken = undefined;
    closed = false;
    followers.forget();
    ends.clear();
    leases.clear();
  };
  return { log, forgetPending };
};

const waitersOf = (): Waiters => {
  const { promise, resolve, reject } = withResolvers();
  // Who waits hears of a failure; if nobody does, the next append tells.
  promise.catch(() => undefined);
  return { runs: new Set(), promise, resolve, reject };
};

const withResolvers = (): Omit<Waiters, "runs"> => {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
};

/** A disk that is full holds no lease either. */
const leaseIn = (store: Store, run: RunId): (() => void) => {
  try {
    return store.lease(run);
  } catch (error) {
    throw error instanceof SwarmError ? error : writeFailed(error);
  }
};

const writeFailed = (cause: unknown): SwarmError => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SwarmError(
    "LOG_WRITE_FAILED",
    `the log could not be written (${reason}); what was recorded before is safe: free space or mend the disk, then \`swarm resume\` the run`,
    { cause },
  );
};
