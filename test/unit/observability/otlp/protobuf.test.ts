import { resourceFromAttributes } from "@opentelemetry/resources";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readableSpan } from "../../../../observability/otlp/convert.ts";
import { traceEncoder } from "../../../../observability/otlp/protobuf.ts";
import type { Attributes, Span } from "../../../../observability/span.ts";

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.string({ minLength: 120, maxLength: 400 }),
);
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, -(2 ** 63), 2 ** 62, 2 ** 63, 1e300, 0.1),
  fc.double(),
  fc.array(text, { maxLength: 3 }),
);
const attributes = fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 5, noNullPrototype: true });
const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const us = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

const span = (traceId: string): fc.Arbitrary<Span> =>
  fc.record(
    {
      unit: fc.constant("step" as const),
      traceId: fc.constant(traceId),
      spanId: hex(16),
      parentSpanId: fc.option(hex(16), { nil: undefined }),
      name: text,
      kind: fc.constantFrom("internal", "client", "producer", "consumer"),
      startUs: us,
      endUs: us,
      status: fc.oneof(
        fc.constant({ type: "unset" } as const),
        fc.record({ type: fc.constant("error" as const), message: text }),
      ),
      attributes,
      events: fc.array(fc.record({ name: text, atUs: us, attributes }), { maxLength: 3 }),
      links: fc.array(fc.record({ spanId: hex(16), attributes }), { maxLength: 3 }),
    },
    { noNullPrototype: true },
  );

/** In parts of two spans. */
const request = (about: Attributes, spans: readonly Span[]): Buffer => {
  const encoder = traceEncoder(about);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < spans.length; at += 2) parts.push(encoder.spans(spans.slice(at, at + 2)));
  return Buffer.from(encoder.request(parts));
};

/** OpenTelemetry loses attributes of a resource with names that all objects have, such as `constructor`. */
const resourceAttributes = attributes.filter((each) =>
  Object.keys(each).every((name) => !(name in Object.prototype)),
);

test("a request has the bytes that OpenTelemetry's own serializer writes", () => {
  const requests = hex(32).chain((trace) => fc.array(span(trace), { minLength: 1, maxLength: 8 }));
  fc.assert(
    fc.property(requests, resourceAttributes, (spans, about) => {
      const resource = resourceFromAttributes(about);
      const theirs = ProtobufTraceSerializer.serializeRequest(
        spans.map((each) => readableSpan(each, resource)),
      );
      expect(request(about, spans).equals(theirs ?? Buffer.alloc(0))).toBe(true);
    }),
  );
});

test("attributes that come again have the same bytes, however many others came between", () => {
  const few = fc.oneof(
    fc.constantFrom("", "yes", "é", true, false, 0, -0, 1.5),
    fc.integer({ max: 3, min: -3 }),
  );
  const ever = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.string({ maxLength: 200 }));
  const said = fc.record(
    { few, "ever-new": ever, both: fc.oneof(few, ever) },
    { requiredKeys: [], noNullPrototype: true },
  );
  const one = (about: Attributes): Span => ({
    unit: "step",
    traceId: "0".repeat(32),
    spanId: "1".repeat(16),
    name: "step",
    kind: "internal",
    startUs: 0,
    endUs: 0,
    status: { type: "unset" },
    attributes: about,
    events: [{ name: "told", atUs: 0, attributes: about }],
    links: [{ spanId: "2".repeat(16), attributes: about }],
  });
  fc.assert(
    fc.property(fc.array(said, { minLength: 100, maxLength: 200 }), (all) => {
      const spans = all.map(one);
      const resource = resourceFromAttributes({});
      const theirs = ProtobufTraceSerializer.serializeRequest(
        spans.map((each) => readableSpan(each, resource)),
      );
      expect(request({}, spans).equals(theirs ?? Buffer.alloc(0))).toBe(true);
    }),
  );
});

const plain: Span = {
  unit: "run",
  traceId: "0".repeat(32),
  spanId: "1".repeat(16),
  name: "run",
  kind: "internal",
  startUs: 0,
  endUs: 0,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
};

const isAsTheirs = (one: Span): boolean => {
  const resource = resourceFromAttributes({});
  const theirs = ProtobufTraceSerializer.serializeRequest([readableSpan(one, resource)]);
  return request({}, [one]).equals(theirs ?? Buffer.alloc(0));
};

test.each<[string, Partial<Span>]>([
  ["a name", { name: "é".repeat(300_000) }],
  ["a text", { attributes: { said: "日".repeat(300_000) } }],
  ["many texts", { attributes: { said: Array.from({ length: 300 }, () => "é".repeat(3000)) } }],
])("a request grows beyond any first guess, by %s", (_, more) => {
  expect(isAsTheirs({ ...plain, ...more })).toBe(true);
});
