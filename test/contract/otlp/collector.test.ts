import { describe, expect, onTestFinished, test } from "vitest";
import { runId } from "../../../coordination/protocol/ids.ts";
import type { Diagnostic } from "../../../coordination/protocol/diagnostics.ts";
import { headerOf } from "../../support/log-rows.ts";
import { openExporter, type Exporter } from "../../../observability/otlp/exporter.ts";
import { liveExport } from "../../../observability/otlp/live.ts";
import type { OtlpSettings } from "../../../observability/otlp/settings.ts";
import type { Span } from "../../../observability/span.ts";
import {
  accepts,
  drips,
  isBusy,
  objects,
  startOtlpReceiver,
  type Conduct,
  type OtlpReceiver,
} from "../../support/otlp-receiver.ts";

const span = (at: number): Span => ({
  unit: "step",
  traceId: "a".repeat(32),
  spanId: String(at).padStart(16, "0"),
  name: `step ${at}`,
  kind: "internal",
  startUs: 1,
  endUs: 2,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
});
const spans = (count: number): readonly Span[] => Array.from({ length: count }, (_, at) => span(at + 1));

const receiver = async (conduct: Conduct): Promise<OtlpReceiver> => {
  const started = await startOtlpReceiver(conduct);
  onTestFinished(() => started.close());
  return started;
};

describe.each<OtlpSettings["protocol"]>(["http/json", "http/protobuf"])("over %s", (protocol) => {
  const exporterTo = async (url: string, headers?: string): Promise<Exporter> => {
    const exporter = await openExporter({
      settings: { url: `${url}/v1/traces`, namedBy: "flag", protocol, ratio: 1 },
      environment: (name) => (name === "OTEL_EXPORTER_OTLP_HEADERS" ? headers : undefined),
      version: "0",
      timeoutMs: 400,
    });
    onTestFinished(() => exporter.close());
    return exporter;
  };

  test.each<[string, Conduct, { readonly rejected: number; readonly says: string }]>([
    ["takes all", accepts, { rejected: 0, says: "" }],
    ["turns some down", objects(2, "too old"), { rejected: 2, says: "too old" }],
    ["warns", objects(0, "slow down"), { rejected: 0, says: "slow down" }],
    ["turns down more than there were", objects(99, ""), { rejected: 5, says: "" }],
    ["speaks of nothing", (_, response) => void response.end("null"), { rejected: 0, says: "" }],
    ["speaks no OTLP", (_, response) => void response.end("\n\u00ff{]"), { rejected: 0, says: "" }],
    [
      "quotes what it was sent",
      objects(1, "key\nabc 123456 is unknown; token=abcdef"),
      { rejected: 1, says: "key [redacted] is unknown; token=[redacted]" },
    ],
  ])("a collector that %s has the request behind it", async (_, conduct, answer) => {
    const { url, bodies } = await receiver(conduct);
    const exporter = await exporterTo(url, "x-key=abc%20123456");
    exporter.add(spans(5));
    expect(await exporter.sendNext()).toEqual({ type: "taken", spans: 5, ...answer });
    expect(exporter.waiting()).toBe(0);
    expect(await exporter.sendNext()).toEqual({ type: "taken", spans: 0, rejected: 0, says: "" });
    expect(bodies).toHaveLength(1);
  });

  test.each<[string, Conduct, string]>([
    [
      "refuses",
      (_, response) => void response.writeHead(400).end("bad\n abc 123456"),
      "HTTP 400 Bad Request: bad [redacted]",
    ],
    ["is busy", isBusy, "it is busy or not ready (HTTP 429, 502, 503 or 504)"],
    ["never comes to an end", drips, "no answer within 0.4 s"],
  ])("a collector that %s is told of, and the spans wait on", async (_, conduct, reason) => {
    const { url } = await receiver(conduct);
    const exporter = await exporterTo(url, "x-key=abc%20123456");
    exporter.add(spans(3));
    expect(await exporter.sendNext()).toEqual({ type: "failed", spans: 3, reason });
    expect(exporter.waiting()).toBe(3);
  });

  test("a live export counts what was turned down, and is complete with it", async () => {
    const { url, bodies } = await receiver(objects(1, "too old"));
    const exporter = await exporterTo(url);
    const run = runId("r");
    const told: Diagnostic[] = [];
    const exporting = liveExport({
      log: { read: () => [] },
      run,
      reader: { read: () => spans(512), end: () => spans(3) },
      open: () => Promise.resolve(exporter),
      diagnostics: { tell: (diagnostic) => void told.push(diagnostic), watch: () => () => undefined },
    });
    exporting.row(headerOf(run), 0);
    expect(await exporting.close()).toEqual({ type: "complete", sent: 513, rejected: 2, says: "too old" });
    expect(bodies).toHaveLength(2);
    expect(told).toEqual([
      { type: "spans.exported", result: "sent", spans: 511 },
      { type: "spans.exported", result: "rejected", spans: 1 },
      { type: "spans.exported", result: "sent", spans: 2 },
      { type: "spans.exported", result: "rejected", spans: 1 },
    ]);
  });
});
