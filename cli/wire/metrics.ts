import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../../actors/runtime/clock.ts";
import type { Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import { requireMetricsOptions } from "./library-arguments.ts";
import { packageVersion } from "./package.ts";

/** Where metrics are served. */
export type MetricsAddress = {
  /** An address of this machine. Default: 127.0.0.1, so that no other machine sees it. */
  readonly host?: string;
  /** `0`: one that is free. */
  readonly port: number;
};

export type MetricsOptions = MetricsAddress & {
  /** Somebody will wait by `linger`, so how the metrics stand when a run begins is kept for a scraper that comes too late for it. */
  readonly lingers?: boolean;
  /** Is told what went wrong with the metrics; a run goes on without them. Default: a warning of the process. */
  readonly warn?: (message: string) => void;
};

/** The metrics of this process, over all runs that it drives. */
export type Metrics = {
  readonly diagnostics: Diagnostics;
  /** Reads a run: the rows that are there, and then each new one. */
  follow(past: Iterable<{ readonly row: Row }>): {
    readonly read: (row: Row) => void;
    readonly close: () => void;
  };
  /** Writes all metrics as they are now to the place of this run in its home folder, if the run was driven here. */
  save(home: string, run: RunId): Promise<void>;
  readonly url: string;
  /**
   * Waits until somebody has read the metrics once more, at most `ms` milliseconds, or until the signal. A scraper adds up what has
   * changed since it came last, so to one that comes for the first time they are told as they stood when the run began, and it has
   * as long to come again.
   */
  linger(ms: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

/** Where the last metrics of a run are. */
export const metricsFile = (home: string, run: RunId): string => join(home, "runs", run, "metrics.prom");

/** Starts to measure and serves it. Loads what that takes, which no run without metrics pays for. Throws `BAD_USAGE`. */
export const openMetrics = async (options: MetricsOptions): Promise<Metrics> => {
  requireMetricsOptions(options);
  const {
    host = "127.0.0.1",
    port,
    lingers = false,
    warn = (message: string) => process.emitWarning(message),
  } = options;
  const [{ metricsRegistry }, { serveMetrics }, { liveReader }, { rowReader }, { brierMarks }] =
    await Promise.all([
      import("../../observability/metrics/registry.ts"),
      import("../../observability/metrics/server.ts"),
      import("../../observability/metrics/live-reader.ts"),
      import("../../observability/metrics/row-reader.ts"),
      import("../../observability/metrics/calibration.ts"),
    ]);
  const registry = metricsRegistry(packageVersion(), () => live.look());
  const { meter } = registry;
  const live = liveReader(meter);
  const mark = brierMarks(meter);
  const clock = systemClock();
  /** Of a run that was taken up and not driven on, what an earlier process left is worth more. */
  const driven = new Set<RunId>();
  /** How the metrics stood when the run began, and whether a scraper has come since. */
  let start: Promise<string> | undefined;
  let isScraped = false;
  let lingering: NodeJS.Timeout | undefined;
  const server = await serveMetrics({
    host,
    port,
    metrics: async ({ accept, isScraper }) => {
      const early = isScraper && !isScraped && lingering !== undefined ? start : undefined;
      isScraped ||= isScraper;
      if (early === undefined) return registry.accepted(accept);
      lingering?.refresh();
      return { ...(await registry.accepted(accept, await early)), isEarly: true };
    },
  });
  return {
    diagnostics: live,
    follow: (past) => {
      const reader = rowReader({ meter, watch: live.watch, mark, nowUs: () => clock.nowUs() });
      reader.past(past);
      isScraped = false;
      if (lingers) start = registry.openMetrics();
      // Told to whoever asks for it.
      start?.catch(() => undefined);
      return {
        read: (row) => {
          driven.add(row.run);
          reader.read(row);
        },
        close: reader.close,
      };
    },
    save: async (home, run) => {
      if (!driven.has(run)) return;
      const file = metricsFile(home, run);
      try {
        mkdirSync(dirname(file), { recursive: true });
        // Whoever collects the file meanwhile gets it whole.
        writeFileSync(`${file}.new`, await registry.plain());
        renameSync(`${file}.new`, file);
      } catch (error) {
        warn(
          `the metrics were not written to ${file}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    },
    url: server.url,
    linger: async (ms, signal) => {
      const late = new AbortController();
      lingering = setTimeout(() => late.abort(), ms);
      await server.nextVisit(AbortSignal.any([signal, late.signal]));
      clearTimeout(lingering);
    },
    close: () => server.close(),
  };
};
