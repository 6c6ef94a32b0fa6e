import { fieldsOf, hexIn, messagesIn, numberIn, textIn } from "./protobuf.ts";

type Value = string | number | boolean | readonly Value[];
export type Values = Readonly<Record<string, Value>>;

/** A span as a collector sees it, whichever encoding it came in. Times in nanoseconds since 1970. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Values;
  readonly events: readonly { readonly name: string; readonly attributes: Values }[];
  readonly links: readonly { readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message: string };
};

export type ReceivedRequest = { readonly resource: Values; readonly spans: readonly ReceivedSpan[] };

/** Decodes the body of a request to `/v1/traces`. */
export const decodeOtlp = (body: Buffer, contentType: string): readonly ReceivedRequest[] => {
  if (contentType === "application/json") return fromJson(JSON.parse(body.toString()));
  if (contentType === "application/x-protobuf") return fromProtobuf(body);
  throw new TypeError(`no OTLP: ${contentType}`);
};

type JsonValue = {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly JsonValue[] };
};
type JsonAttributes = readonly { readonly key: string; readonly value: JsonValue }[];
type JsonSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: JsonAttributes;
  readonly events: readonly { readonly name: string; readonly attributes: JsonAttributes }[];
  readonly links: readonly { readonly spanId: string }[];
  readonly status: { readonly code: number; readonly message?: string };
};
type JsonRequest = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: JsonAttributes };
    readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[];
  }[];
};

const fromJson = ({ resourceSpans }: JsonRequest): readonly ReceivedRequest[] =>
  resourceSpans.map(({ resource, scopeSpans }) => ({
    resource: jsonValues(resource.attributes),
    spans: scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? "",
        startNs: BigInt(span.startTimeUnixNano),
        endNs: BigInt(span.endTimeUnixNano),
        attributes: jsonValues(span.attributes),
        events: span.events.map(({ name, attributes }) => ({ name, attributes: jsonValues(attributes) })),
        links: span.links.map(({ spanId }) => ({ spanId })),
        status: { code: span.status.code, message: span.status.message ?? "" },
      })),
  }));

const jsonValues = (attributes: JsonAttributes): Values =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, jsonValue(value)]));

const jsonValue = ({ stringValue, boolValue, intValue, doubleValue, arrayValue }: JsonValue): Value =>
  stringValue ??
  boolValue ??
  doubleValue ??
  (intValue === undefined ? (arrayValue?.values ?? []).map(jsonValue) : Number(intValue));

// The field numbers are those of opentelemetry/proto/trace/v1/trace.proto.
const fromProtobuf = (body: Buffer): readonly ReceivedRequest[] =>
  messagesIn(body, 1).map((resourceSpans) => ({
    resource: valuesIn(messagesIn(resourceSpans, 1)[0] ?? Buffer.alloc(0), 1),
    spans: messagesIn(resourceSpans, 2)
      .flatMap((scopeSpans) => messagesIn(scopeSpans, 2))
      .map((span) => {
        const status = messagesIn(span, 15)[0] ?? Buffer.alloc(0);
        return {
          traceId: hexIn(span, 1),
          spanId: hexIn(span, 2),
          parentSpanId: hexIn(span, 4),
          name: textIn(span, 5),
          kind: Number(numberIn(span, 6)),
          startNs: numberIn(span, 7),
          endNs: numberIn(span, 8),
          attributes: valuesIn(span, 9),
          events: messagesIn(span, 11).map((event) => ({
            name: textIn(event, 2),
            attributes: valuesIn(event, 3),
          })),
          links: messagesIn(span, 13).map((link) => ({ spanId: hexIn(link, 2) })),
          status: { code: Number(numberIn(status, 3)), message: textIn(status, 2) },
        };
      }),
  }));

const valuesIn = (bytes: Buffer, number: number): Values =>
  Object.fromEntries(
    messagesIn(bytes, number).map((pair) => [
      textIn(pair, 1),
      valueOf(messagesIn(pair, 2)[0] ?? Buffer.alloc(0)),
    ]),
  );

const valueOf = (bytes: Buffer): Value => {
  const [field] = fieldsOf(bytes);
  if (field === undefined) return "";
  const { number, value } = field;
  if (Buffer.isBuffer(value)) return number === 5 ? messagesIn(value, 1).map(valueOf) : value.toString();
  if (number === 2) return value === 1n;
  if (number === 3) return Number(BigInt.asIntN(64, value));
  const double = Buffer.alloc(8);
  double.writeBigUInt64LE(value);
  return double.readDoubleLE();
};
