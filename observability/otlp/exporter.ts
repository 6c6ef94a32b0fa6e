import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { OTLPExporterNodeConfigBase } from "@opentelemetry/otlp-exporter-base";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { redactor } from "../redact.ts";
import type { Attributes, Span } from "../span.ts";
import { readableSpan } from "./convert.ts";
import { notePage, poster, type Answer, type PostDeps } from "./post.ts";
import { traceEncoder } from "./protobuf.ts";
import { headerValues, spansPerRequest, tracesPath, type OtlpSettings } from "./settings.ts";
import type { Environment } from "./variables.ts";

/** What became of the spans of one request. Those that were `rejected` are among them, and do not wait on: the collector would say the same again. */
export type Delivery = { readonly spans: number } & Answer;

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
  const { convertLegacyHttpOptions } = await import("@opentelemetry/otlp-exporter-base/node-http");
  const asked = timeoutMs === undefined ? {} : { timeoutMillis: timeoutMs };
  const { timeoutMillis } = convertLegacyHttpOptions(asked, "TRACES", tracesPath, {});
  const config = {
    url: settings.url,
    httpAgentOptions: () => agent,
    timeoutMillis: Math.min(timeoutMillis, timerAtMostMs),
  };
  const sampler = new tracing.TraceIdRatioBasedSampler(settings.ratio);
  const isSampled = ({ traceId }: Span): boolean =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === tracing.SamplingDecision.RECORD_AND_SAMPLED;
  const redact = redactor(headerValues(environment));
  const close = (): void => agent.destroy();
  const way: Way = { config, resource, redact, breakOff: close };
  return settings.protocol === "http/json"
    ? { ...queueFor(await inJson(way), isSampled), close }
    : { ...queueFor(await inProtobuf(way), isSampled), close };
};

type Config = OTLPExporterNodeConfigBase & { readonly timeoutMillis: number };

/** A timer that is set to more goes off at once. */
const timerAtMostMs = 2 ** 31 - 1;

/** What the forms have in common. */
type Way = Pick<PostDeps<unknown>, "redact" | "breakOff"> & {
  readonly config: Config;
  readonly resource: Resource;
};

/** A form in which spans travel. */
type Form<Body> = {
  readonly pack: (spans: readonly Span[]) => Body;
  readonly post: (bodies: readonly Body[], spans: number) => Promise<Answer>;
};

const queueFor = <Body>({ pack, post }: Form<Body>, isSampled: (span: Span) => boolean) => {
  const queue: { readonly spans: number; readonly body: Body }[] = [];
  let waiting = 0;
  return {
    add: (spans: readonly Span[]): void => {
      for (let at = 0; at < spans.length; at += spansPerRequest) {
        const some = spans.slice(at, at + spansPerRequest);
        // All are of one trace, which is exported as a whole or not at all.
        const [first] = some;
        if (first === undefined || !isSampled(first)) continue;
        queue.push({ spans: some.length, body: pack(some) });
        waiting += some.length;
      }
    },
    waiting: (): number => waiting,
    sendNext: async (): Promise<Delivery> => {
      let count = 0;
      let spans = 0;
      for (const next of queue) {
        if (count > 0 && spans + next.spans > spansPerRequest) break;
        count += 1;
        spans += next.spans;
      }
      if (count === 0) return { type: "taken", spans, rejected: 0, says: "" };
      const answer = await post(
        queue.slice(0, count).map(({ body }) => body),
        spans,
      );
      if (answer.type === "taken") {
        queue.splice(0, count);
        waiting -= spans;
      }
      return { ...answer, spans };
    },
  };
};

const inJson = async ({ config, resource, ...way }: Way): Promise<Form<readonly ReadableSpan[]>> => {
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const post = poster({
    ...way,
    timeoutMs: config.timeoutMillis,
    exporter: new OTLPTraceExporter(config),
    spansIn: ({ length }: ReadableSpan[]) => length,
  });
  return {
    pack: (spans) => spans.map((span) => readableSpan(span, resource)),
    post: (bodies) => post(bodies.flat()),
  };
};

type Parts = { readonly parts: readonly Uint8Array[]; readonly spans: number };

/** The exporter of OpenTelemetry with an encoder of ours, which takes our spans as they are. */
const inProtobuf = async ({ config, resource, ...way }: Way): Promise<Form<Uint8Array>> => {
  const [
    { OTLPExporterBase },
    { convertLegacyHttpOptions, createOtlpHttpExportDelegate },
    { ProtobufTraceSerializer },
  ] = await Promise.all([
    import("@opentelemetry/otlp-exporter-base"),
    import("@opentelemetry/otlp-exporter-base/node-http"),
    import("@opentelemetry/otlp-transformer"),
  ]);
  const encoder = traceEncoder(plainAttributes(resource.attributes));
  const serializer = {
    serializeRequest: ({ parts }: Parts) => encoder.request(parts),
    deserializeResponse: (body: Uint8Array) => {
      notePage(body);
      return ProtobufTraceSerializer.deserializeResponse(body);
    },
  };
  const spansIn = ({ spans }: Parts): number => spans;
  const delegate = createOtlpHttpExportDelegate(
    convertLegacyHttpOptions(config, "TRACES", tracesPath, { "Content-Type": "application/x-protobuf" }),
    serializer,
    "otlp_http_span_exporter",
    { name: "span", countItems: spansIn },
    undefined,
  );
  const post = poster({
    ...way,
    timeoutMs: config.timeoutMillis,
    exporter: new OTLPExporterBase<Parts>(delegate),
    spansIn,
  });
  return { pack: encoder.spans, post: (parts, spans) => post({ parts, spans }) };
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
    const variable = [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`].find(
      (each) => (environment(each) ?? "") !== "",
    );
    if (variable === undefined) return undefined;
    try {
      return readFileSync(environment(variable) ?? "");
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new SwarmError("BAD_USAGE", `${variable} names a file that cannot be read: ${why}`, { cause });
    }
  };
  return new HttpsAgent({
    keepAlive: true,
    ca: read("CERTIFICATE"),
    cert: read("CLIENT_CERTIFICATE"),
    key: read("CLIENT_KEY"),
  });
};
