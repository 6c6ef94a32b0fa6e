import { SwarmError } from "../../coordination/protocol/errors.ts";
import { redactor } from "../redact.ts";
import {
  exportersIn,
  headerLists,
  isDisabled,
  ownEndpoint,
  samplingIn,
  sharedEndpoint,
  valueIn,
  type Environment,
  type Value,
} from "./variables.ts";

export type OtlpSettings = {
  /** Where spans are posted to, in full. */
  readonly url: string;
  readonly namedBy: "flag" | "environment";
  readonly protocol: "http/protobuf" | "http/json";
  /** Which part of the runs is exported, from 0 to 1; a run's trace id decides, so a trace is whole or absent. */
  readonly ratio: number;
};

/** Where a trace goes, as people may see it: an address may hold a password or a token. */
export const shownUrl = ({ url }: Pick<OtlpSettings, "url">): string => redactor([])(url);

/** Who made the spans: the instrumentation scope. */
export const scopeName = "swarm";

/** What is sent in one request, about a megabyte: each costs a millisecond or two beside its bytes. */
export const spansPerRequest = 2048;

/** Below the address of a collector. */
export const tracesPath = "v1/traces";

/**
 * Where a trace shall go, or `undefined` where nobody asked for one. A URL that was given on the command line stands above the
 * standard variables, `OTEL_TRACES_EXPORTER=none` among them; `OTEL_SDK_DISABLED` stands above both. Headers, timeouts, compression and certificates
 * the exporter reads for itself. Throws `BAD_USAGE`.
 */
export const otlpSettings = (
  flag: string | undefined,
  environment: Environment,
): OtlpSettings | undefined => {
  const value = valueIn(environment);
  if (isDisabled(environment)) return undefined;
  const url = flag === undefined ? urlIn(value) : flagUrl(checked(flag, "--otlp"));
  if (url === undefined) return undefined;
  const namedBy = flag === undefined ? "environment" : "flag";
  return { url, namedBy, protocol: protocolIn(value), ratio: samplingIn(value).ratio };
};

/** Whether `--otlp` with this address would send spans to it. A standard variable can name others. */
export const isFlagUrl = (url: string): boolean => flagUrl(new URL(url)) === url;

const urlIn = (value: Value): string | undefined => {
  const exporters = exportersIn(value);
  if (exporters !== undefined && !exporters.includes("otlp")) return undefined;
  const own = value(ownEndpoint);
  if (own !== undefined) return checked(own, ownEndpoint).href;
  const shared = value(sharedEndpoint) ?? (exporters && "http://localhost:4318");
  return shared === undefined ? undefined : below(checked(shared, sharedEndpoint));
};

const checked = (text: string, from: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new SwarmError(
    "BAD_USAGE",
    `${from} is no URL of a collector: ${redactor([])(text)}; write for instance http://localhost:4318`,
  );
};

const flagUrl = (url: URL): string =>
  url.pathname.replace(/\/+$/, "").endsWith(`/${tracesPath}`) ? url.href : below(url);

const below = (url: URL): string => {
  const path = url.pathname.replace(/\/+$/, "");
  const full = new URL(url);
  full.pathname = `${path}/${tracesPath}`;
  return full.href;
};

const protocolIn = (value: Value): OtlpSettings["protocol"] => {
  const name = value("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
    ? "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
    : "OTEL_EXPORTER_OTLP_PROTOCOL";
  const protocol = value(name) ?? "http/protobuf";
  if (protocol === "http/protobuf" || protocol === "http/json") return protocol;
  const what = protocol === "grpc" ? "OTLP over gRPC is not supported" : `${protocol} is no protocol of OTLP`;
  throw new SwarmError(
    "BAD_USAGE",
    `${what}; set ${name} to http/protobuf or http/json, and use the collector's HTTP port, usually 4318`,
  );
};

/** What stands in the headers of a request, which is how collectors are given passwords: one that quotes what it was sent must not tell them on. */
export const headerValues = (environment: Environment): readonly string[] =>
  headerLists
    .flatMap((name) => environment(name)?.split(",") ?? [])
    .flatMap((pair) => {
      const value = pair.slice(pair.indexOf("=") + 1).trim();
      try {
        return [value, decodeURIComponent(value)];
      } catch {
        return [value];
      }
    });
