import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../../coordination/protocol/diagnostics.ts";
import { runId } from "../../../../coordination/protocol/ids.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import type { Delivery, Exporter } from "../../../../observability/otlp/exporter.ts";
import { liveExport } from "../../../../observability/otlp/live.ts";
import { spansPerRequest } from "../../../../observability/otlp/settings.ts";
import type { Span } from "../../../../observability/span.ts";
import { headerOf } from "../../../support/log-rows.ts";

const run = runId("r");
const rowAt = (atUs: number): Row => ({ type: "resumed", run, atUs, swarm: "test" });
const span = (startUs: number): Span => ({
  unit: "step",
  traceId: "t",
  spanId: String(startUs),
  name: "step",
  kind: "internal",
  startUs,
  endUs: startUs,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
});

type Setting = {
  /** What is in the log, by position. */
  readonly recorded?: readonly Row[];
  /** How many spans each row closes. */
  readonly perRow?: number;
  /** Whether the collector takes the request with this number, from 0. */
  readonly takes?: (request: number) => boolean;
  /** What the collector says to each request that it takes, and how many of its spans it turns down; then nothing. */
  readonly says?: readonly { readonly rejected: number; readonly says: string }[];
};

const exporting = ({ recorded = [], perRow = 1, takes = () => true, says = [] }: Setting) => {
  const readUs: number[] = [];
  const sent: Span[] = [];
  const told: Diagnostic[] = [];
  let requests = 0;
  let most = 0;
  let watchers = 0;
  let queue: Span[] = [];
  let hearRequest: () => void = () => undefined;
  let hearClosed: () => void = () => undefined;
  const firstRequest = new Promise<void>((resolve) => (hearRequest = resolve));
  const closed = new Promise<void>((resolve) => (hearClosed = resolve));
  const exporter: Exporter = {
    add: (spans) => {
      queue.push(...spans);
      most = Math.max(most, queue.length);
    },
    waiting: () => queue.length,
    sendNext: async (): Promise<Delivery> => {
      requests += 1;
      hearRequest();
      const some = queue.slice(0, spansPerRequest);
      if (!takes(requests - 1)) return { type: "failed", spans: some.length, reason: "busy" };
      queue = queue.slice(spansPerRequest);
      sent.push(...some);
      return { type: "taken", spans: some.length, ...(says[requests - 1] ?? { rejected: 0, says: "" }) };
    },
    close: () => hearClosed(),
  };
  const live = liveExport({
    log: {
      read: function* (_run, { from = 0 } = {}) {
        for (const [position, row] of recorded.entries())
          if (position >= from) yield { row, position, digests: [] };
      },
    },
    run,
    reader: {
      read: (row) => {
        readUs.push(row.atUs);
        return Array.from({ length: perRow }, () => span(row.atUs));
      },
      end: () => [span(-1)],
    },
    open: () => Promise.resolve(exporter),
    diagnostics: {
      tell: (diagnostic) => void told.push(diagnostic),
      watch: () => {
        watchers += 1;
        return () => void (watchers -= 1);
      },
    },
  });
  const seen = () => ({ requests, most, watchers });
  return { live, readUs, sent, told, firstRequest, closed, seen };
};

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

test("a run that was resumed is read from its first row, each row once and none before it is on disk", async () => {
  const recorded = upTo(120).map(rowAt);
  const { live, readUs, sent } = exporting({ recorded });
  for (const at of upTo(110).slice(100)) live.row(rowAt(at), at);
  expect(await live.close()).toMatchObject({ type: "complete", sent: 111 });
  expect(readUs).toEqual(upTo(110));
  expect(sent.map(({ startUs }) => startUs)).toEqual([...upTo(110), -1]);
});

test("what the collector does not take waits in the log, and not in memory", async () => {
  const rows = 3 * spansPerRequest;
  const recorded = upTo(rows).map(rowAt);
  const { live, readUs, sent, firstRequest, seen } = exporting({
    recorded,
    perRow: 4,
    takes: (request) => request > 0,
  });
  for (const at of upTo(rows)) live.row(rowAt(at), at);
  await firstRequest;
  expect(readUs.length).toBeLessThan(2 * spansPerRequest);
  expect(await live.close()).toMatchObject({ type: "complete", sent: 4 * rows + 1 });
  expect(readUs).toEqual(upTo(rows));
  expect(sent).toHaveLength(4 * rows + 1);
  expect(sent.at(-1)?.startUs).toBe(-1);
  expect(seen().most).toBeLessThan(6 * spansPerRequest);
});

test("a collector that took nothing is left alone for a while", async () => {
  const { live, firstRequest, seen } = exporting({ perRow: 20, takes: () => false });
  live.row(headerOf(run), 0);
  for (const at of upTo(300).slice(1)) live.row(rowAt(at), at);
  await firstRequest;
  for (let turns = 0; turns < 50; turns += 1) await turnOfTheLoop();
  expect(seen().requests).toBe(1);
  await live.close();
});

test("at the end it is tried once more, and what is left is told with the reason", async () => {
  const { live, told, closed, seen } = exporting({ takes: () => false });
  for (const at of upTo(3)) live.row(rowAt(at), at);
  expect(seen().watchers).toBe(1);
  expect(await live.close()).toEqual({ type: "incomplete", sent: 0, rejected: 0, says: "", reason: "busy" });
  expect(told).toEqual([
    { type: "spans.exported", result: "failed", spans: 4 },
    { type: "spans.exported", result: "lost", spans: 4 },
  ]);
  expect(seen()).toMatchObject({ requests: 1, watchers: 0 });
  await closed;
});

test("what the collector turns down is no more sent than lost, and its last words are kept", async () => {
  const { live, told } = exporting({
    perRow: 20,
    says: [
      { rejected: 2, says: "too old" },
      { rejected: 3, says: "too new" },
    ],
  });
  for (const at of upTo(300)) live.row(rowAt(at), at);
  const all = 20 * 300 + 1;
  expect(await live.close()).toEqual({ type: "complete", sent: all - 5, rejected: 5, says: "too new" });
  expect(told).toEqual([
    { type: "spans.exported", result: "sent", spans: spansPerRequest - 2 },
    { type: "spans.exported", result: "rejected", spans: 2 },
    { type: "spans.exported", result: "sent", spans: spansPerRequest - 3 },
    { type: "spans.exported", result: "rejected", spans: 3 },
    { type: "spans.exported", result: "sent", spans: all - 2 * spansPerRequest },
  ]);
});

test("a way to the collector that cannot be opened costs the run its trace, and nothing else", async () => {
  const live = liveExport({
    log: { read: () => [] },
    run,
    reader: { read: () => [span(0)], end: () => [] },
    open: () => Promise.reject(new Error("no such certificate")),
  });
  live.row(headerOf(run), 0);
  expect(await live.close()).toMatchObject({ type: "incomplete", sent: 0, reason: "no such certificate" });
});

test("many requests within a second leave no timers behind", async () => {
  const warnings: string[] = [];
  const hear = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", hear);
  const { live, seen } = exporting({ perRow: 8 });
  for (const round of upTo(30)) {
    for (const at of upTo(256)) live.row(rowAt(at), 256 * round + at);
    for (let turns = 0; turns < 500 && seen().requests <= round; turns += 1) await turnOfTheLoop();
  }
  expect(seen().requests).toBeGreaterThanOrEqual(30);
  await live.close();
  process.off("warning", hear);
  expect(warnings).toEqual([]);
});
