import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { OTLPExporterNodeConfigBase } from "@opentelemetry/otlp-exporter-base";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { Attributes, Span } from "../span.ts";
import { readableSpan } from "./convert.ts";
import { traceEncoder } from "./protobuf.ts";
import { spansPerRequest, type Environment, type OtlpSettings } from "./settings.ts";

/** What became of the spans of one request. */
export type Delivery = { readonly spans: number } & (
  | { readonly type: "delivered" }
  | { readonly type: "failed"; readonly reason: string }
);

/** A way to a collector, and what waits to go there. */
export type Exporter = {
  /** Takes spans in, and keeps them in the form in which they travel: that is smaller, and nothing for the collector of garbage. */
  add(spans: readonly Span[]): void;
  /** How many spans wait. */
  waiting(): number;
  /** Sends the next ones, a request's worth at most. Never rejects; what was not taken waits on. The same spans are the same bytes. */
  sendNext(): Promise<Delivery>;
  /** Breaks off what is still being sent; nothing of it keeps the process alive. */
  close(): void;
};

export type ExporterOptions = {
  readonly settings: OtlpSettings;
  readonly environment: Environment;
  /** The version of swarm that recorded the run. */
  readonly version: string;
  /** How long one request may take; default what the environment says, or ten seconds. */
  readonly timeoutMs?: number;
};

/** This file loads a good part of OpenTelemetry: import it by `import()`, once somebody asked for an export. */
export const openExporter = async ({
  settings,
  environment,
  version,
  timeoutMs,
}: ExporterOptions): Promise<Exporter> => {
  const { resources, tracing } = await import("@opentelemetry/sdk-node");
  // Nothing of this process goes in, so that a run which is exported again later has the same resource.
  const about = { "service.name": "swarm", "service.version": version };
  const resource = resources
    .resourceFromAttributes(about)
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const agent = agentFor(settings.url, environment);
  const config: Config = {
    url: settings.url,
    httpAgentOptions: () => agent,
    ...(timeoutMs === undefined ? {} : { timeoutMillis: timeoutMs }),
  };
  const sampler = new tracing.TraceIdRatioBasedSampler(settings.ratio);
  const isSampled = ({ traceId }: Span): boolean =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === tracing.SamplingDecision.RECORD_AND_SAMPLED;
  const close = (): void => agent.destroy();
  return settings.protocol === "http/json"
    ? { ...queueFor(await inJson(config, resource), isSampled), close }
    : { ...queueFor(await inProtobuf(config, resource), isSampled), close };
};

type Config = OTLPExporterNodeConfigBase;

/** A form in which spans travel. */
type Form<Body> = {
  readonly pack: (spans: readonly Span[]) => Body;
  readonly post: (bodies: readonly Body[], spans: number, told: (result: ExportResult) => void) => void;
};

type ExportResult = { readonly code: number; readonly error?: Error };

const queueFor = <Body>({ pack, post }: Form<Body>, isSampled: (span: Span) => boolean) => {
  const queue: { readonly spans: number; readonly body: Body }[] = [];
  let waiting = 0;
  return {
    add: (spans: readonly Span[]): void => {
      for (let at = 0; at < spans.length; at += spansPerRequest) {
        const some = spans.slice(at, at + spansPerRequest);
        // All are of one trace, which is exported as a whole or not at all.
        if (!some.slice(0, 1).some(isSampled)) continue;
        queue.push({ spans: some.length, body: pack(some) });
        waiting += some.length;
      }
    },
    waiting: (): number => waiting,
    sendNext: (): Promise<Delivery> => {
      let count = 0;
      let spans = 0;
      for (const next of queue) {
        if (count > 0 && spans + next.spans > spansPerRequest) break;
        count += 1;
        spans += next.spans;
      }
      if (count === 0) return Promise.resolve({ type: "delivered", spans });
      const bodies = queue.slice(0, count).map(({ body }) => body);
      return new Promise((resolve) =>
        post(bodies, spans, ({ code, error }) => {
          if (code !== 0) {
            const reason = error?.message || "the collector did not take it";
            return resolve({ type: "failed", spans, reason });
          }
          queue.splice(0, count);
          waiting -= spans;
          resolve({ type: "delivered", spans });
        }),
      );
    },
  };
};

const inJson = async (config: Config, resource: Resource): Promise<Form<readonly ReadableSpan[]>> => {
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const exporter = new OTLPTraceExporter(config);
  return {
    pack: (spans) => spans.map((span) => readableSpan(span, resource)),
    post: (bodies, _, told) => exporter.export(bodies.flat(), told),
  };
};

type Parts = { readonly parts: readonly Uint8Array[]; readonly spans: number };

/** The exporter of OpenTelemetry with an encoder of ours, which takes our spans as they are. */
const inProtobuf = async (config: Config, { attributes }: Resource): Promise<Form<Uint8Array>> => {
  const [{ OTLPExporterBase }, { convertLegacyHttpOptions, createOtlpHttpExportDelegate }] =
    await Promise.all([
      import("@opentelemetry/otlp-exporter-base"),
      import("@opentelemetry/otlp-exporter-base/node-http"),
    ]);
  const encoder = traceEncoder(plainAttributes(attributes));
  const serializer = {
    serializeRequest: ({ parts }: Parts) => encoder.request(parts),
    // It would say how many spans a collector turned down, which nobody can do anything about here.
    deserializeResponse: () => ({}),
  };
  const headers = { "Content-Type": "application/x-protobuf" };
  const delegate = createOtlpHttpExportDelegate(
    convertLegacyHttpOptions(config, "TRACES", "v1/traces", headers),
    serializer,
    "otlp_http_span_exporter",
    { name: "span", countItems: ({ spans }: Parts) => spans },
    undefined,
  );
  const exporter = new OTLPExporterBase<Parts>(delegate);
  return { pack: encoder.spans, post: (parts, spans, told) => exporter.export({ parts, spans }, told) };
};

/** Those of a resource: texts, as the standard variables give them. */
const plainAttributes = (attributes: Resource["attributes"]): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value] as const] : [],
    ),
  );

/** Ours instead of the exporter's own, which nobody could break off; the standard variables for TLS count here, too. */
const agentFor = (url: string, environment: Environment): HttpAgent => {
  if (url.startsWith("http:")) return new HttpAgent({ keepAlive: true });
  const read = (name: string): Buffer | undefined => {
    const path =
      environment(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? environment(`OTEL_EXPORTER_OTLP_${name}`);
    return path === undefined || path === "" ? undefined : readFileSync(path);
  };
  return new HttpsAgent({
    keepAlive: true,
    ca: read("CERTIFICATE"),
    cert: read("CLIENT_CERTIFICATE"),
    key: read("CLIENT_KEY"),
  });
};
