import type { RunId } from "../../coordination/protocol/ids.ts";
import { names } from "../attributes.ts";
import type {
  Attributes,
  AttributeValue,
  Span,
  SpanEvent,
  SpanKind,
  SpanLink,
  SpanRef,
  SpanStatus,
  SpanUnit,
} from "../span.ts";
import type { TraceIds } from "../trace-ids.ts";

/**
 * A span that has begun. `note` and `tell` add to it until it is closed; then the same object is the `Span`, since making another
 * one costs as much as all else that is done for it.
 */
export type OpenSpan = Omit<Span, "startUs" | "endUs" | "status" | "attributes" | "events" | "links"> & {
  startUs: number;
  endUs: number;
  status: SpanStatus;
  readonly attributes: MutableAttributes;
  events: readonly SpanEvent[];
  links: readonly SpanLink[];
};

type MutableAttributes = Record<string, AttributeValue>;

export type NewSpan = {
  readonly unit: SpanUnit;
  /** As `id` or `ids` of the book make it. */
  readonly id: string;
  readonly name: string;
  readonly kind?: SpanKind;
  readonly parent: SpanRef | undefined;
  readonly atUs: number;
  /** Become the span's own, and change with it. */
  readonly attributes?: MutableAttributes;
};

const unset: SpanStatus = { type: "unset" };
// Shared by all that have none: most spans have neither.
const noAttributes: Attributes = {};
const noEvents: readonly SpanEvent[] = [];
const noLinks: readonly SpanLink[] = [];
const noSpans: readonly Span[] = [];

/** Most events that one span keeps, as many as an OpenTelemetry SDK lets through; later ones are left out. */
export const eventsAtMost = 128;

/** The spans of a run that are open, and those that were closed and not yet taken. */
export const spanBook = (run: RunId, ids: TraceIds) => {
  const open = new Set<OpenSpan>();
  let closed: Span[] = [];

  const make = ({ unit, id, name, kind = "internal", parent, atUs, attributes = {} }: NewSpan): OpenSpan => {
    attributes[names.run] = run;
    return {
      unit,
      traceId: ids.trace,
      spanId: id,
      parentSpanId: parent?.spanId,
      name,
      kind,
      startUs: atUs,
      endUs: atUs,
      status: unset,
      attributes,
      events: noEvents,
      links: noLinks,
    };
  };

  const close = (span: OpenSpan, atUs: number): void => {
    if (!open.delete(span)) return;
    span.endUs = Math.max(span.startUs, atUs);
    closed.push(span);
  };

  return {
    /** The id of the span with this key, which names it uniquely within the run. */
    id: ids.span,
    /** Those of spans that belong together. */
    ids: ids.spans,
    open: (about: NewSpan): OpenSpan => {
      const span = make(about);
      open.add(span);
      return span;
    },
    /** A span that ends when it begins; it can be added to within the turn. */
    point: (about: NewSpan): OpenSpan => {
      const span = make(about);
      closed.push(span);
      return span;
    },
    close,
    /** Closes what is still open, the youngest first, so that a parent outlives its children. */
    closeAll: (atUs: number, mark: (span: OpenSpan) => void): void => {
      for (const span of [...open].toReversed()) {
        mark(span);
        close(span, atUs);
      }
    },
    /** The spans closed since the last time, in the order in which they closed. */
    take: (): readonly Span[] => {
      if (closed.length === 0) return noSpans;
      const taken = closed;
      closed = [];
      return taken;
    },
  };
};

export type SpanBook = ReturnType<typeof spanBook>;

/** Sets attributes, or changes them. */
export const note = (span: OpenSpan, attributes: Attributes): void => {
  Object.assign(span.attributes, attributes);
};

/** Adds an event. */
export const tell = (span: OpenSpan, name: string, atUs: number, attributes = noAttributes): void => {
  const { events } = span;
  if (events.length < eventsAtMost) span.events = [...events, { name, atUs, attributes }];
};

/** Marks a span as failed; `type` is the closed name of the reason, `message` a sentence. */
export const fail = (span: OpenSpan, type: string, message: string): void => {
  span.status = { type: "error", message };
  span.attributes[names.errorType] = type;
};

export const link = (span: OpenSpan, { spanId }: SpanRef, type: string): void => {
  span.links = [...span.links, { spanId, attributes: { [names.linkType]: type } }];
};
