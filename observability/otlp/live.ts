import { setTimeout as sleep } from "node:timers/promises";
import type { EventLog, Position } from "../../coordination/log/log.ts";
import type { Diagnostics, SpanFate } from "../../coordination/protocol/diagnostics.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import type { Span } from "../span.ts";
import type { SpanReader } from "../spans/reader.ts";
import type { Exporter } from "./exporter.ts";
import { nothingSent, withDelivery, type Tally } from "./tally.ts";
import { spansPerRequest } from "./settings.ts";

export type LiveExportDeps = {
  readonly log: Pick<EventLog, "read">;
  readonly run: RunId;
  readonly reader: SpanReader;
  readonly open: () => Promise<Exporter>;
  /** Is told what becomes of the spans; absent: nobody is. */
  readonly diagnostics?: Diagnostics | undefined;
};

/** What became of the trace of a run. What was not delivered can be exported from the record. */
export type Exported = Tally &
  ({ readonly type: "complete" } | { readonly type: "incomplete"; readonly reason: string });

/** How long spans wait for others to go with them, in milliseconds. */
const gatherMs = 1000;
/** How long a collector that took nothing is left alone, in milliseconds. */
const pauseMs = 2000;
/** Spans that wait in memory. The rest waits in the log, which has them all. */
const waitingAtMost = 4 * spansPerRequest;
/**
 * How many rows are read in one go, at least: that costs a fraction of reading each by itself, since nothing else comes between. Rows
 * that wait are copied with each collection of garbage, so there is a most, too.
 */
const rowsAtOnce = 256;
/** How much longer a run may take for the sake of its trace, in milliseconds. */
export const flushMs = 1400;
/** How long one request of a live export may take, in milliseconds. */
export const requestMs = 1000;

/**
 * Exports a run while it goes on. It never holds the run up: what the collector does not take in time waits in the log, and is read again
 * when there is room. It begins with the first row, also of a run that was resumed, since nobody knows what an earlier process
 * could deliver; the same spans have the same ids.
 */
export const liveExport = ({ log, run, reader, open, diagnostics }: LiveExportDeps) => {
  const closing = new AbortController();
  let exporter: Exporter | undefined;
  /** Until there is an exporter. */
  let early: Span[] = [];
  let unread: Row[] = [];
  let wake = nobody;
  /** The row to be read next, and how many are on disk. */
  let next: Position = 0;
  let durable: Position = 0;
  let tally = nothingSent;
  let reason = "the collector is too slow";

  const waiting = (): number => exporter?.waiting() ?? early.length;
  const add = (spans: readonly Span[]): void => {
    if (exporter !== undefined) exporter.add(spans);
    else for (const span of spans) early.push(span);
  };

  const unwatch = diagnostics?.watch(() => [{ type: "spans.waiting", spans: waiting() }]);
  const tell = (result: SpanFate, spans: number): void => {
    if (spans > 0) diagnostics?.tell({ type: "spans.exported", result, spans });
  };

  const take = (row: Row): void => {
    next += 1;
    unread.push(row);
    if (unread.length >= rowsAtOnce) readAll();
  };

  const readAll = (): void => {
    const spans: Span[] = [];
    for (const row of unread) for (const span of reader.read(row)) spans.push(span);
    unread = [];
    add(spans);
    if (waiting() >= spansPerRequest) wake();
  };

  /** Reads what there is, also rows that were let go by. */
  const catchUp = (): void => {
    if (next < durable && waiting() < waitingAtMost)
      for (const { row, position } of log.read(run, { from: next })) {
        if (position >= durable || waiting() >= waitingAtMost) break;
        take(row);
      }
    readAll();
  };

  const deliver = async (to: Exporter): Promise<boolean> => {
    const delivery = await to.sendNext();
    if (delivery.type === "failed") {
      ({ reason } = delivery);
      tell("failed", delivery.spans);
      return false;
    }
    tally = withDelivery(tally, delivery);
    tell("sent", delivery.spans - delivery.rejected);
    tell("rejected", delivery.rejected);
    return true;
  };

  /** Waits until there is a request's worth of spans, or the run is over, and no longer than `gatherMs`. */
  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, gatherMs).unref();
      // Called many times a second: to abort a timer of `node:timers/promises` makes an error with its stack each time.
      wake = () => {
        wake = nobody;
        clearTimeout(timer);
        resolve();
      };
    });

  const exportUntilClosed = async (): Promise<Exporter> => {
    // The run comes first: it shall not wait until this code is loaded.
    await pause(0, closing.signal);
    const opened = await open();
    opened.add(early);
    early = [];
    exporter = opened;
    while (!closing.signal.aborted) {
      catchUp();
      if (waiting() < spansPerRequest) {
        await gather();
        catchUp();
      }
      if (closing.signal.aborted || waiting() === 0) continue;
      if (!(await deliver(opened))) await pause(pauseMs, closing.signal);
    }
    return opened;
  };
  const exporting = exportUntilClosed().catch((error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
    return undefined;
  });

  /** Sends what is left, the open spans last. Returns whether all of it was taken. */
  const flush = async (untilMs: number): Promise<boolean> => {
    const opened = await exporting;
    if (opened === undefined) return false;
    let ended = false;
    while (performance.now() < untilMs) {
      catchUp();
      if (next >= durable && !ended) {
        ended = true;
        add(reader.end());
      }
      if (waiting() === 0) return true;
      if (!(await deliver(opened))) return false;
    }
    return false;
  };

  return {
    /** A row is on disk. Rows come in order, from wherever this process began. */
    row: (row: Row, position: Position): void => {
      durable = position + 1;
      if (position === next && waiting() < waitingAtMost) take(row);
    },
    /** No row follows. Resolves within `flushMs`, whatever the collector does. */
    close: async (): Promise<Exported> => {
      const over = new AbortController();
      closing.abort();
      wake();
      const isComplete = await Promise.race([
        flush(performance.now() + flushMs),
        sleep(flushMs, false, { signal: over.signal }).catch(() => false),
      ]);
      over.abort();
      unwatch?.();
      if (!isComplete) tell("lost", waiting());
      void exporting.then((opened) => opened?.close());
      return isComplete ? { type: "complete", ...tally } : { type: "incomplete", ...tally, reason };
    },
  };
};

export type LiveExport = ReturnType<typeof liveExport>;

const nobody = (): void => undefined;

/** Waits, but keeps no process alive that has nothing else to do. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
