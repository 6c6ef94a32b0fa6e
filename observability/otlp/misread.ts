import { redactor } from "../redact.ts";
import {
  exportersIn,
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
    ...(isSent ? [samplerIn(value), compressionIn(value), resourceIn(value)] : []),
  ].filter((sentence) => sentence !== undefined);
};

const exporterIn = (value: Value): string | undefined => {
  const exporters = exportersIn(value) ?? [];
  if (exporters.every((name) => ["otlp", "none", ""].includes(name))) return undefined;
  const instead = exporters.includes("otlp") ? "it is sent by otlp alone" : "it is not sent";
  return `${told("OTEL_TRACES_EXPORTER", value)}: a trace can be sent by otlp or by none; ${instead}`;
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
  try {
    return [name, text].every((part) => decodeURIComponent(part).length <= attributeAtMost);
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
