/** What a span stands for; one row of the table in `docs/traces.md` each. */
export type SpanUnit =
  | "run"
  | "step"
  | "agent"
  | "inference"
  | "tool"
  | "publish"
  | "process"
  | "decision"
  | "propose"
  | "election"
  | "lease.wait"
  | "lease.hold";

export type SpanKind = "internal" | "client" | "producer" | "consumer";

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Points to a span of the same run. */
export type SpanRef = { readonly spanId: string };

export type SpanEvent = { readonly name: string; readonly atUs: number; readonly attributes: Attributes };
export type SpanLink = SpanRef & { readonly attributes: Attributes };

/** `unset` is what went as it should, or is not known to have failed. */
export type SpanStatus = { readonly type: "unset" } | { readonly type: "error"; readonly message: string };

/** A stretch of work as the rows of a run tell it. Times in microseconds since 1970. */
export type Span = SpanRef & {
  readonly unit: SpanUnit;
  readonly traceId: string;
  /** Absent or `undefined` for the run itself only. */
  readonly parentSpanId?: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUs: number;
  /** Not before `startUs`. */
  readonly endUs: number;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  /** By rising time. */
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};

/** An attribute as text; empty where there is none. */
export const textOf = ({ attributes }: Pick<Span, "attributes">, name: string): string => {
  const value = attributes[name];
  return typeof value === "object" ? value.join(", ") : String(value ?? "");
};
