import { names } from "../../observability/attributes.ts";
import { textOf, type Span, type SpanEvent } from "../../observability/span.ts";

/** One thing that went wrong, once however often it did. */
export type Failure = {
  readonly what: string;
  readonly code: string;
  readonly message: string;
  /** Where, the first time. */
  readonly where: string;
  readonly atUs: number;
  readonly count: number;
};

/** Outcomes of runs that broke off no work: an agent whose span is open then only waits, or nobody waited for it. */
const endings: ReadonlySet<string> = new Set(["done", "not-settled", "waiting", "ruled"]);

/**
 * What failed and why, the earliest first. What failed only because something inside it did is left out: the cause is what
 * stands at the bottom. Of a run that goes on (`isRunning`) nothing was broken off.
 */
export const failuresIn = (spans: readonly Span[], isRunning = false): readonly Failure[] => {
  const parents = new Map(spans.map((span) => [span.spanId, span]));
  const blamed = new Set<string>();
  for (const span of spans) {
    if (span.status.type !== "error") continue;
    for (
      let at = parents.get(span.parentSpanId ?? "");
      at !== undefined;
      at = parents.get(at.parentSpanId ?? "")
    )
      blamed.add(at.spanId);
  }
  // A lease fails with its call.
  for (const { unit, status, links } of spans)
    if (unit === "inference" && status.type === "error") for (const { spanId } of links) blamed.add(spanId);
  const wentWell =
    isRunning ||
    spans.some(({ unit, attributes }) => unit === "run" && endings.has(String(attributes[names.runOutcome])));
  const failures = new Map<string, Failure>();
  const add = (span: Span, code: string, message: string, atUs: number): void => {
    const key = `${whatOf(span)}\n${code}\n${message}`;
    const known = failures.get(key);
    const count = (known?.count ?? 0) + 1;
    // Spans come as they end: what one tells may lie before what was told already.
    if (known !== undefined && known.atUs <= atUs) failures.set(key, { ...known, count });
    else failures.set(key, { what: whatOf(span), code, message, where: whereOf(span, parents), atUs, count });
  };
  for (const span of spans.toSorted((a, b) => a.endUs - b.endUs || a.startUs - b.startUs)) {
    const { status, attributes, endUs, events } = span;
    // The run's own sentence is always told, since it may be the only one.
    if (status.type === "error" && (span.unit === "run" || !blamed.has(span.spanId)))
      add(span, String(attributes[names.errorType] ?? "error"), status.message, endUs);
    for (const event of events) {
      const reason = String(event.attributes[names.reason] ?? "");
      if (event.name === "restart") add(span, String(event.attributes[names.errorType]), reason, event.atUs);
      if (event.name === "retry") add(span, ...retryOf(span, event), event.atUs);
      if (event.name === "agent.lost") add(span, "AGENT_LOST", reason, event.atUs);
      if (event.name === "agent.full") add(span, "MAILBOX_FULL", reason, event.atUs);
    }
    const outcome = attributes[names.decisionOutcome];
    if (outcome !== undefined && outcome !== "settled")
      add(span, String(outcome), "the decision was not settled", endUs);
    if (attributes[names.unfinished] === true && span.unit === "agent" && !wentWell)
      add(span, "unfinished", "was at work when the record ended", endUs);
  }
  return [...failures.values()].toSorted((a, b) => a.atUs - b.atUs);
};

/** The code and the sentence of a try that was not the last: of a call, or of an agent that asks again. */
const retryOf = ({ unit }: Span, { attributes }: SpanEvent): readonly [string, string] => {
  const code = String(attributes[names.reason] ?? attributes[names.errorType] ?? "error");
  if (unit === "inference") return [code, "tried again"];
  return [
    code,
    code === "UNUSABLE_REPLY" ? "asked its model again" : "asked again, its model or its next one",
  ];
};

const whatOf = (span: Span): string => {
  switch (span.unit) {
    case "agent":
      return `agent ${textOf(span, names.genAiAgentName)}`;
    case "inference":
      return `model ${textOf(span, names.genAiRequestModel)}`;
    case "tool":
      return `program ${textOf(span, names.genAiToolName)}`;
    case "lease.wait":
    case "lease.hold":
      return `model ${textOf(span, names.leaseModel)}`;
    case "publish":
    case "process":
      return `message ${textOf(span, names.messageType)}`;
    default:
      return span.unit;
  }
};

/** The step that a span belongs to. */
const whereOf = (span: Span, parents: ReadonlyMap<string, Span>): string => {
  for (let at: Span | undefined = span; at !== undefined; at = parents.get(at.parentSpanId ?? "")) {
    const path = at.attributes[names.stepPath] ?? at.attributes[names.decisionId];
    if (path !== undefined) return String(path);
  }
  return "the run";
};
