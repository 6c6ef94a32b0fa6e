import { describe, expect, onTestFinished, test } from "vitest";
import { runId } from "../../../coordination/protocol/ids.ts";
import type { Diagnostic } from "../../../coordination/protocol/diagnostics.ts";
import { headerOf } from "../../support/log-rows.ts";
import { openExporter, type Exporter } from "../../../observability/otlp/exporter.ts";
import { liveExport } from "../../../observability/otlp/live.ts";
import { spansPerRequest, type OtlpSettings } from "../../../observability/otlp/settings.ts";
import type { Span } from "../../../observability/span.ts";
import {
  accepts,
  drips,
  isBusy,
  objects,
  refuses,
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
  type Way = { readonly headers?: string; readonly timeoutMs?: number; readonly ratio?: number };
  // Only who waits for a time to be over says how long: a busy machine may need long for the first request.
  const exporterTo = async (
    url: string,
    { headers, timeoutMs = 60_000, ratio = 1 }: Way = {},
  ): Promise<Exporter> => {
    const exporter = await openExporter({
      settings: { url: `${url}/v1/traces`, namedBy: "flag", protocol, ratio },
      environment: (name) => (name === "OTEL_EXPORTER_OTLP_HEADERS" ? headers : undefined),
      version: "1.2.3",
      timeoutMs,
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
    const exporter = await exporterTo(url, { headers: "x-key=abc%20123456" });
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
    [
      "is a web page",
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("\n<!doctype html>"),
      "it answers with a web page; is this the port of a collector for OTLP over HTTP, usually 4318?",
    ],
  ])("a collector that %s is told of, and the spans wait on", async (_, conduct, reason) => {
    const { url } = await receiver(conduct);
    const exporter = await exporterTo(url, { headers: "x-key=abc%20123456", timeoutMs: 400 });
    exporter.add(spans(3));
    expect(await exporter.sendNext()).toEqual({ type: "failed", spans: 3, reason });
    expect(exporter.waiting()).toBe(3);
  });

  test("spans go in requests of bounded size, each of them once and in their order", async () => {
    const { url, requests } = await receiver(accepts);
    const exporter = await exporterTo(url);
    const all = spans(3 * spansPerRequest);
    for (const [from, until] of [
      [0, 1],
      [1, 3],
      [3, all.length - 100],
      [all.length - 100, all.length],
    ] as const)
      exporter.add(all.slice(from, until));
    while (exporter.waiting() > 0) expect(await exporter.sendNext()).toMatchObject({ type: "taken" });
    expect(requests.map((request) => request.spans.length).every((count) => count <= spansPerRequest)).toBe(
      true,
    );
    const sent = requests.flatMap((request) => request.spans.map(({ spanId }) => spanId));
    expect(sent).toEqual(all.map(({ spanId }) => spanId));
  });

  test("what was not taken is sent again with what came meanwhile, and what was taken is not", async () => {
    let isUp = false;
    const { url, requests } = await receiver((request, response) =>
      isUp ? accepts(request, response) : refuses(request, response),
    );
    const exporter = await exporterTo(url);
    const all = spans(4);
    exporter.add(all.slice(0, 2));
    expect(await exporter.sendNext()).toMatchObject({ type: "failed", spans: 2 });
    exporter.add(all.slice(2));
    isUp = true;
    expect(await exporter.sendNext()).toMatchObject({ type: "taken", spans: 4 });
    expect(requests.map((request) => request.spans.map(({ spanId }) => spanId))).toEqual([
      all.slice(0, 2).map(({ spanId }) => spanId),
      all.map(({ spanId }) => spanId),
    ]);
  });

  test("an objection is of one request, and not of those after it", async () => {
    let count = 0;
    const { url } = await receiver((request, response) =>
      (count++ === 0 ? objects(1, "too old") : accepts)(request, response),
    );
    const exporter = await exporterTo(url);
    exporter.add(spans(spansPerRequest));
    exporter.add(spans(spansPerRequest));
    expect(await exporter.sendNext()).toMatchObject({ rejected: 1, says: "too old" });
    expect(await exporter.sendNext()).toMatchObject({ rejected: 0, says: "" });
  });

  test("the resource is the version that recorded the run, and nothing of the process", async () => {
    const { url, requests } = await receiver(accepts);
    const exporter = await exporterTo(url);
    exporter.add(spans(1));
    await exporter.sendNext();
    expect(requests[0]?.resource).toEqual({ "service.name": "swarm", "service.version": "1.2.3" });
  });

  test("a trace is sampled as a whole, by its id", async () => {
    const { url, requests } = await receiver(accepts);
    const exporter = await exporterTo(url, { ratio: 0.5 });
    const [low, high] = ["0".repeat(31) + "1", "f".repeat(8) + "0".repeat(24)];
    const ofTrace = (traceId: string) => spans(3).map((each) => ({ ...each, traceId }));
    exporter.add(ofTrace(low));
    exporter.add(ofTrace(high));
    expect(exporter.waiting()).toBe(3);
    await exporter.sendNext();
    expect(new Set(requests.flatMap((request) => request.spans.map(({ traceId }) => traceId)))).toEqual(
      new Set([low]),
    );
    const none = await exporterTo(url, { ratio: 0 });
    none.add(ofTrace(low));
    expect(none.waiting()).toBe(0);
  });

  test("a live export counts what was turned down, and is complete with it", async () => {
    const { url, bodies } = await receiver(objects(1, "too old"));
    const exporter = await exporterTo(url);
    const run = runId("r");
    const told: Diagnostic[] = [];
    const exporting = liveExport({
      log: { read: () => [] },
      run,
      reader: { read: () => spans(spansPerRequest), end: () => spans(3) },
      open: () => Promise.resolve(exporter),
      diagnostics: { tell: (diagnostic) => void told.push(diagnostic), watch: () => () => undefined },
    });
    exporting.row(headerOf(run), 0);
    expect(await exporting.close()).toEqual({
      type: "complete",
      sent: spansPerRequest + 1,
      rejected: 2,
      says: "too old",
    });
    expect(bodies).toHaveLength(2);
    expect(told).toEqual([
      { type: "spans.exported", result: "sent", spans: spansPerRequest - 1 },
      { type: "spans.exported", result: "rejected", spans: 1 },
      { type: "spans.exported", result: "sent", spans: 2 },
      { type: "spans.exported", result: "rejected", spans: 1 },
    ]);
  });
});

test.each([
  ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"]],
  ["OTEL_EXPORTER_OTLP_CERTIFICATE", ["OTEL_EXPORTER_OTLP_CERTIFICATE"]],
  [
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    ["OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"],
  ],
])("%s is heeded of %j", async (heeded, set) => {
  const opening = openExporter({
    settings: { url: "https://127.0.0.1:1/v1/traces", namedBy: "flag", protocol: "http/json", ratio: 1 },
    environment: (name) => (set.includes(name) ? "/absent.pem" : undefined),
    version: "0",
  });
  await expect(opening).rejects.toThrow(`${heeded} names a file that cannot be read`);
});
