import {
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type HrTime,
  type Link,
  type SpanContext,
} from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { Attributes, Span } from "../span.ts";
import { scopeName } from "./settings.ts";

const kinds: Readonly<Record<Span["kind"], SpanKind>> = {
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
};

const scope = { name: scopeName } as const;

/** The form in which an exporter takes a finished span. */
export const readableSpan = (span: Span, resource: Resource): ReadableSpan => {
  const { traceId, spanId, parentSpanId, status } = span;
  const own = contextOf(traceId, spanId);
  return {
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => own,
    ...(parentSpanId === undefined ? {} : { parentSpanContext: contextOf(traceId, parentSpanId) }),
    startTime: hrTime(span.startUs),
    endTime: hrTime(span.endUs),
    duration: hrTime(span.endUs - span.startUs),
    status:
      status.type === "error"
        ? { code: SpanStatusCode.ERROR, message: status.message }
        : { code: SpanStatusCode.UNSET },
    attributes: mutable(span.attributes),
    links: span.links.map((link): Link => ({
      context: contextOf(traceId, link.spanId),
      attributes: mutable(link.attributes),
    })),
    events: span.events.map(({ name, atUs, attributes }) => ({
      name,
      time: hrTime(atUs),
      attributes: mutable(attributes),
    })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
};

const contextOf = (traceId: string, spanId: string): SpanContext => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
});

/** Seconds and nanoseconds. */
const hrTime = (us: number): HrTime => [Math.floor(us / 1e6), (us % 1e6) * 1000];

// The exporter only reads; its types do not say so.
const mutable = (attributes: Attributes): ReadableSpan["attributes"] =>
  attributes as ReadableSpan["attributes"];
