import { redactor } from "../redact.ts";
import {
  exportersIn,
  headerLists,
  isDisabled,
  ownEndpoint,
  sampler,
  samplingIn,
  sharedEndpoint,
  valueIn,
  type Environment,
  type Value,
} from "./variables.ts";

/**
 * What the standard variables ask for and does not happen, a sentence each. The standard has it that this is told, and no reason to fail. Beside
 * `flag`, an address that was given on the command line, nobody is asked for an exporter.
 */
export const misreadVariables = (flag: string | undefined, environment: Environment): readonly string[] => {
  const value = valueIn(environment);
  if (isDisabled(environment)) return [];
  const exporters = exportersIn(value);
  const hasAddress = [ownEndpoint, sharedEndpoint].some((name) => value(name) !== undefined);
  const isSent = flag !== undefined || (exporters?.includes("otlp") ?? hasAddress);
  return [
    flag === undefined ? exporterIn(value) : undefined,
    ...(isSent
      ? [
          disabledIn(value),
          samplerIn(value),
          compressionIn(value),
          ...timeouts.map((name) => timeoutIn(name, value)),
          ...headerLists.map((name) => headersIn(name, value)),
          resourceIn(value),
        ]
      : []),
  ].filter((sentence) => sentence !== undefined);
};

const exporterIn = (value: Value): string | undefined => {
  const exporters = exportersIn(value) ?? [];
  if (exporters.every((name) => ["otlp", "none", ""].includes(name))) return undefined;
  const instead = exporters.includes("otlp") ? "it is sent by otlp alone" : "it is not sent";
  return `${told("OTEL_TRACES_EXPORTER", value)}: a trace can be sent by otlp or by none; ${instead}`;
};

/** Who writes `1` means that nothing shall leave the machine, and the standard knows `true` alone. */
const disabledIn = (value: Value): string | undefined => {
  const name = "OTEL_SDK_DISABLED";
  return [undefined, "true", "false"].includes(value(name)?.toLowerCase())
    ? undefined
    : `${told(name, value)} is neither true nor false, and so does not count: the trace is sent`;
};

const samplerIn = (value: Value): string | undefined => {
  const { misread } = samplingIn(value);
  if (misread === undefined) return undefined;
  const known =
    misread === sampler
      ? "is none of always_on, always_off, traceidratio and their parentbased_ forms"
      : "is no number from 0 to 1";
  return `${told(misread, value)} ${known}; every run is sent`;
};

/** The exporter takes the first of the two that it knows. */
const compressionIn = (value: Value): string | undefined => {
  const shared = "OTEL_EXPORTER_OTLP_COMPRESSION";
  const own = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION";
  const name = value(own) === undefined ? shared : own;
  if ([undefined, "gzip", "none"].includes(value(name))) return undefined;
  const instead = value(shared) === "gzip" ? `by gzip, as ${shared} says` : "uncompressed";
  return `${told(name, value)} is neither gzip nor none; the trace is sent ${instead}`;
};

/** Each is passed over for the other where it cannot be read. */
const timeouts = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"] as const;

const timeoutIn = (name: (typeof timeouts)[number], value: Value): string | undefined => {
  const ms = Number(value(name) ?? 1);
  return ms > 0 && ms < Infinity
    ? undefined
    : `${told(name, value)} is no number of milliseconds above 0; it does not count`;
};

/** A pair that cannot be read is left out. It may be a password, so its place is told and not the pair. */
const headersIn = (name: (typeof headerLists)[number], value: Value): string | undefined => {
  const pairs = value(name)?.split(",") ?? [];
  const flawed = pairs.findIndex((pair) => pair.trim() !== "" && !isHeader(pair));
  if (flawed < 0) return undefined;
  return `pair ${flawed + 1} of ${name} is no NAME=VALUE (write , ; and % in either as %2C, %3B and %25); it is not sent as it stands`;
};

/** As OpenTelemetry reads it, to which what follows a semicolon is no part of the value. */
const isHeader = (pair: string): boolean => {
  const at = pair.indexOf("=");
  const parts = [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)].map((part) => part.trim());
  return !pair.includes(";") && parts.every((part) => part !== "" && isEncoded(part));
};

/** One pair that cannot be read makes the whole list void, as the standard has it. */
const resourceIn = (value: Value): string | undefined => {
  const name = "OTEL_RESOURCE_ATTRIBUTES";
  const pairs = value(name)?.split(",") ?? [];
  const flawed = pairs.find((pair) => pair.trim() !== "" && !isAttribute(pair));
  if (flawed === undefined) return undefined;
  return `${name} holds ${shown(flawed)}, which is no NAME=VALUE (write , = and % in either as %2C, %3D and %25; ${attributeAtMost} characters at most); none of its attributes are sent`;
};

/** As OpenTelemetry reads it. */
const isAttribute = (pair: string): boolean => {
  const [name = "", text, ...more] = pair.split("=").map((part) => part.trim());
  if (name === "" || text === undefined || more.length > 0) return false;
  return [name, text].every((part) => isEncoded(part) && decodeURIComponent(part).length <= attributeAtMost);
};

/** Whether each percent sign stands for an octet. */
const isEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

const attributeAtMost = 255;

const told = (name: string, value: Value): string => `${name}=${shown(value(name) ?? "")}`;

/** A value as people may see it. */
const shown = (text: string): string => {
  const safe = redactor([])(text.trim());
  return safe.length > shownAtMost ? `${safe.slice(0, shownAtMost)}…` : safe;
};

const shownAtMost = 80;
