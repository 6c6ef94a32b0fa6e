import type { Span } from "../../observability/span.ts";

/** A span of ten microseconds that says only what a test cares for. */
export const madeSpan = (more: Partial<Span> & Pick<Span, "spanId" | "unit">): Span => ({
  traceId: "t",
  name: more.spanId,
  kind: "internal",
  startUs: 0,
  endUs: 10,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
  ...more,
});
