import type { BusHeaders } from "./bus.ts";
import { BusError } from "./bus-error.ts";

/**
 * Both adapters refuse the same payloads, whether they encode them or pass them on: NOT_JSON for what JSON would lose
 * or bend (a Date, a Map, NaN, a bigint, a cycle), PAYLOAD_TOO_LARGE above `maxBytes` of JSON and headers. A property
 * that is undefined is let through, since JSON leaves it out.
 */
export const checkPayload = (data: unknown, headerBytes: number, maxBytes: number): void => {
  const size = { low: headerBytes, high: headerBytes };
  measure(data, size, maxBytes, 0);
  if (size.high <= maxBytes) return;
  if (size.low > maxBytes || headerBytes + exactBytes(data) > maxBytes) {
    throw new BusError(
      "PAYLOAD_TOO_LARGE",
      `the payload is over ${maxBytes} bytes; send a reference to it, or raise max_payload`,
    );
  }
};

/** Throws BAD_HEADER for headers that would not survive the wire; else how many bytes they take there. */
export const checkHeaders = (headers: BusHeaders | undefined): number => {
  if (headers === undefined) return 0;
  let bytes = 0;
  for (const [name, values] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || values.length === 0) throw badHeader(name);
    for (const value of values) {
      if (!HEADER_VALUE.test(value)) throw badHeader(name);
      bytes += name.length + ": ".length + value.length + "\r\n".length;
    }
  }
  return bytes === 0 ? 0 : "NATS/1.0\r\n".length + bytes + "\r\n".length;
};

// Bounds on the JSON size. They cost a tenth of encoding and nearly always settle the question.
type SizeBounds = { low: number; high: number };

const MAX_DEPTH = 100;
const LONGEST_NUMBER = 25;
// A control character or half a surrogate pair becomes six characters.
const LONGEST_UNIT = 6;

const measure = (data: unknown, size: SizeBounds, maxBytes: number, depth: number): void => {
  switch (typeof data) {
    case "string":
      addText(data, size);
      return;
    case "number":
      if (!Number.isFinite(data)) throw notJson("a number that is not finite");
      size.low += 1;
      size.high += LONGEST_NUMBER;
      return;
    case "boolean":
      size.low += "true".length;
      size.high += "false".length;
      return;
    case "object":
      if (data === null) {
        size.low += "null".length;
        size.high += "null".length;
        return;
      }
      if (depth === MAX_DEPTH) throw notJson(`a cycle, or more than ${MAX_DEPTH} levels`);
      measureInside(data, size, maxBytes, depth + 1);
      return;
    default:
      throw notJson(`a value of type ${typeof data}`);
  }
};

const measureInside = (data: object, size: SizeBounds, maxBytes: number, depth: number): void => {
  size.low += "{}".length;
  size.high += "{}".length;
  // Values that refer to each other twice can unfold without end, so stop where the answer is known.
  if (Array.isArray(data)) {
    for (let at = 0; at < data.length && size.low <= maxBytes; at += 1) {
      measure(data[at], size, maxBytes, depth);
      size.high += ",".length;
    }
    return;
  }
  if (!isPlain(data)) throw notJson("an object of a class; make it plain first");
  // A plain object inherits nothing enumerable, and this is far faster than a list of its entries.
  for (const key in data) {
    const value = data[key];
    if (value === undefined) continue;
    if (size.low > maxBytes) return;
    addText(key, size);
    measure(value, size, maxBytes, depth);
    size.low += ":".length;
    size.high += ":,".length;
  }
};

const addText = (text: string, size: SizeBounds): void => {
  size.low += text.length + '""'.length;
  size.high += text.length * LONGEST_UNIT + '""'.length;
};

// A prototype without a prototype is Object's own, of whichever realm.
const isPlain = (data: object): data is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
};

const exactBytes = (data: unknown): number => new TextEncoder().encode(JSON.stringify(data)).length;

const HEADER_NAME = /^[!-9;-~]+$/;
const HEADER_VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

const notJson = (found: string): BusError =>
  new BusError("NOT_JSON", `the payload holds ${found}; send plain JSON data`);

const badHeader = (name: string): BusError =>
  new BusError(
    "BAD_HEADER",
    `header ${JSON.stringify(name.slice(0, 80))}: names are visible ASCII without a colon, values are one or more trimmed lines of ASCII`,
  );
