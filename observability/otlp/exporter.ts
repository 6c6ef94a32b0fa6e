import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { OTLPExporterNodeConfigBase } from "@opentelemetry/otlp-exporter-base";
import type { Resource } from "@opentelemetry/resources";
import type { Attributes, Span } from "../span.ts";
import { readableSpan } from "./convert.ts";
import { traceSerializer } from "./protobuf.ts";
import type { Environment, OtlpSettings } from "./settings.ts";

export type Delivery = { readonly type: "delivered" } | { readonly type: "failed"; readonly reason: string };

/** A way to a collector. */
export type Exporter = {
  /** Never rejects. Sending the same spans again sends the same bytes. */
  send(spans: readonly Span[]): Promise<Delivery>;
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
  const post = await (settings.protocol === "http/json" ? inJson : inProtobuf)(config, resource);
  const sampler = new tracing.TraceIdRatioBasedSampler(settings.ratio);
  const isSampled = ({ traceId }: Span): boolean =>
    sampler.shouldSample(ROOT_CONTEXT, traceId).decision === tracing.SamplingDecision.RECORD_AND_SAMPLED;
  return {
    send: (spans) =>
      new Promise((resolve) => {
        if (!spans.some(isSampled)) return resolve({ type: "delivered" });
        post(spans, ({ code, error }) =>
          resolve(
            code === 0
              ? { type: "delivered" }
              : { type: "failed", reason: error?.message || "the collector did not take it" },
          ),
        );
      }),
    close: () => agent.destroy(),
  };
};

type Config = OTLPExporterNodeConfigBase;
type Post = (
  spans: readonly Span[],
  told: (result: { readonly code: number; readonly error?: Error }) => void,
) => void;

const inJson = async (config: Config, resource: Resource): Promise<Post> => {
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const exporter = new OTLPTraceExporter(config);
  return (spans, told) =>
    exporter.export(
      spans.map((span) => readableSpan(span, resource)),
      told,
    );
};

/** The exporter of OpenTelemetry with a serializer of ours, which takes our spans as they are. */
const inProtobuf = async (config: Config, { attributes }: Resource): Promise<Post> => {
  const [{ OTLPExporterBase }, { convertLegacyHttpOptions, createOtlpHttpExportDelegate }] =
    await Promise.all([
      import("@opentelemetry/otlp-exporter-base"),
      import("@opentelemetry/otlp-exporter-base/node-http"),
    ]);
  const serializer = {
    serializeRequest: traceSerializer(plainAttributes(attributes)),
    // It would say how many spans a collector turned down, which nobody can do anything about here.
    deserializeResponse: () => ({}),
  };
  const headers = { "Content-Type": "application/x-protobuf" };
  const delegate = createOtlpHttpExportDelegate(
    convertLegacyHttpOptions(config, "TRACES", "v1/traces", headers),
    serializer,
    "otlp_http_span_exporter",
    { name: "span", countItems: ({ length }: readonly Span[]) => length },
    undefined,
  );
  const exporter = new OTLPExporterBase<readonly Span[]>(delegate);
  return (spans, told) => exporter.export(spans, told);
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
