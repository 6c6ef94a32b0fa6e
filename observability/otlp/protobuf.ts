import type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from "../span.ts";
import { protobufWriter, type ProtobufWriter } from "./protobuf-writer.ts";
import { scopeName } from "./settings.ts";

/** `SpanKind` of the protocol. */
const kinds: Readonly<Record<Span["kind"], number>> = { internal: 1, client: 3, producer: 4, consumer: 5 };

/** Sampled, and known not to come from another process. */
const flags = 0x101;

/**
 * Makes an `ExportTraceServiceRequest` (https://github.com/open-telemetry/opentelemetry-proto), byte for byte as OpenTelemetry's own
 * serializer does, in a quarter of the time: that one goes over each span twice, and wants it in another form. `spans` encodes
 * some of those of a request, so that they need not wait as objects; `request` puts together what it made.
 */
export const traceEncoder = (resource: Attributes) => {
  const writer = protobufWriter();
  const about = resourceBytes(writer, resource);
  const scope = scopeBytes(writer);
  return {
    spans: (spans: readonly Span[]): Uint8Array => {
      for (const span of spans) writeSpan(writer, span);
      return writer.finish();
    },
    request: (parts: readonly Uint8Array[]): Uint8Array => {
      const scopeSpans = parts.reduce((sum, { length }) => sum + length, scope.length);
      writer.head(2, scopeSpans);
      const scopeHead = writer.finish();
      writer.head(1, about.length + scopeHead.length + scopeSpans);
      return Buffer.concat([writer.finish(), about, scopeHead, scope, ...parts]);
    },
  };
};

const resourceBytes = (writer: ProtobufWriter, resource: Attributes): Uint8Array => {
  const start = writer.open(1);
  writeAttributes(writer, 1, resource);
  writer.number(2, 0);
  writer.close(start);
  return writer.finish();
};

const scopeBytes = (writer: ProtobufWriter): Uint8Array => {
  const start = writer.open(1);
  writer.text(1, scopeName);
  writer.close(start);
  return writer.finish();
};

const writeSpan = (writer: ProtobufWriter, span: Span): void => {
  const { traceId, status } = span;
  const start = writer.open(2);
  writer.hex(1, traceId);
  writer.hex(2, span.spanId);
  if (span.parentSpanId !== undefined) writer.hex(4, span.parentSpanId);
  writer.name(5, span.name);
  writer.number(6, kinds[span.kind]);
  writeTime(writer, 7, span.startUs);
  writeTime(writer, 8, span.endUs);
  writeAttributes(writer, 9, span.attributes);
  writer.number(10, 0);
  for (const event of span.events) writeEvent(writer, event);
  writer.number(12, 0);
  for (const link of span.links) writeLink(writer, traceId, link);
  writer.number(14, 0);
  const end = writer.open(15);
  if (status.type === "error" && status.message !== "") writer.text(2, status.message);
  writer.number(3, status.type === "error" ? 2 : 0);
  writer.close(end);
  writer.fixed32(16, flags);
  writer.close(start);
};

const writeEvent = (writer: ProtobufWriter, { name, atUs, attributes }: SpanEvent): void => {
  const start = writer.open(11);
  writeTime(writer, 1, atUs);
  writer.name(2, name);
  writeAttributes(writer, 3, attributes);
  writer.number(4, 0);
  writer.close(start);
};

const writeLink = (writer: ProtobufWriter, traceId: string, { spanId, attributes }: SpanLink): void => {
  const start = writer.open(13);
  writer.hex(1, traceId);
  writer.hex(2, spanId);
  writeAttributes(writer, 4, attributes);
  writer.number(5, 0);
  writer.fixed32(6, flags);
  writer.close(start);
};

const writeAttributes = (writer: ProtobufWriter, field: number, attributes: Attributes): void => {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    const start = writer.open(field);
    writer.name(1, name);
    writeValue(writer, 2, value);
    writer.close(start);
  }
};

const writeValue = (writer: ProtobufWriter, field: number, value: AttributeValue): void => {
  const start = writer.open(field);
  if (typeof value === "string") writer.text(1, value);
  else if (typeof value === "boolean") writer.number(2, value ? 1 : 0);
  else if (typeof value === "object") writeValues(writer, value);
  else if (isInt64(value)) writer.signed(3, value);
  else writer.double(4, value);
  writer.close(start);
};

const writeValues = (writer: ProtobufWriter, values: readonly string[]): void => {
  const start = writer.open(5);
  for (const value of values) writeValue(writer, 1, value);
  writer.close(start);
};

const isInt64 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;

/** Nanoseconds since 1970, which are too many for a number to count exactly: in halves of 32 bits. */
const writeTime = (writer: ProtobufWriter, field: number, us: number): void => {
  const upper = Math.floor(us / 0x10000) * 1000;
  const lower = (upper % 0x10000) * 0x10000 + Math.floor((us % 0x10000) * 1000);
  writer.fixed64(field, lower >>> 0, Math.floor(upper / 0x10000) + Math.floor(lower / 0x100000000));
};
