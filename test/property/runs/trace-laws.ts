import { createHash } from "node:crypto";
import { criticalPath, spanTree } from "../../../observability/critical-path.ts";
import type { Span } from "../../../observability/span.ts";
import { flawsOf } from "../../support/otlp-receiver.ts";
import type { ReceivedSpan } from "../../support/otlp.ts";
import { differs } from "./tally.ts";
import type { ChromeEvent, Readings } from "./readings.ts";

/** These may end after what they lie in: a message is taken later, a voter hears of the outcome after its step, a call outlives who withdrew it. */
const outlives = new Set([
  "process in publish",
  "agent in step",
  "propose in decision",
  "decision in step",
  "lease.wait in agent",
  "lease.hold in agent",
  "inference in agent",
]);

/** What is wrong with the trace of a run by itself. */
export const traceFlaws = ({ end, spans, live, later, chrome }: Readings): readonly string[] => {
  const known = new Map(spans.map((span) => [span.spanId, span]));
  const root = spanTree(spans);
  const path = root === undefined ? undefined : criticalPath(root);
  const traceId = createHash("sha256").update(end.run).digest("hex").slice(0, 32);
  return [
    ...spans.flatMap((span) => placeFlaws(span, known)),
    ...differs("trace ids", [...new Set(spans.map((span) => span.traceId))], [traceId]),
    ...differs("spans without twins", known.size, spans.length),
    ...differs("roots", spans.filter(({ parentSpanId }) => parentSpanId === undefined).length, 1),
    ...differs(
      "the critical path",
      Object.values(path?.shares ?? {}).reduce((sum, us) => sum + us, 0),
      (root?.span.endUs ?? 0) - (root?.span.startUs ?? 0),
    ),
    ...flawsOf(live ?? later).map((flaw) => `export: ${flaw}`),
    ...differs("the live export", byId(live ?? later), byId(later)),
    ...later.filter(({ spanId }) => !known.has(spanId)).map(({ name }) => `${name} has another id as JSON`),
    ...crossings(chrome),
  ];
};

const placeFlaws = (span: Span, known: ReadonlyMap<string, Span>): readonly string[] => {
  const { unit, startUs, endUs, parentSpanId, events, links, name } = span;
  const parent = known.get(parentSpanId ?? "");
  const pair = `${unit} in ${parent?.unit}`;
  return [
    ...(endUs < startUs ? [`${name} ends before it begins`] : []),
    ...(parentSpanId !== undefined && parent === undefined ? [`${name} is an orphan`] : []),
    ...(parent !== undefined && startUs < parent.startUs ? [`${pair} begins before it`] : []),
    ...(parent !== undefined && endUs > parent.endUs && !outlives.has(pair) ? [`${pair} ends after it`] : []),
    ...events.flatMap(({ name: event, atUs }) =>
      atUs < startUs || atUs > endUs ? [`${event} lies outside of ${unit}`] : [],
    ),
    ...links.flatMap(({ spanId }) => (known.has(spanId) ? [] : [`${name} links to nothing`])),
  ];
};

const byId = (spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] =>
  spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));

/** Slices of one row lie inside each other or beside each other. */
const crossings = (events: readonly ChromeEvent[]): readonly string[] => {
  const lanes = new Map<string, ChromeEvent[]>();
  return events.flatMap((event) => {
    if (event.ph !== "X") return [];
    const { pid, tid, ts, dur, name } = event;
    const open = (lanes.get(`${pid}/${tid}`) ?? []).filter((other) => other.ts + other.dur > ts);
    const around = open.at(-1);
    lanes.set(`${pid}/${tid}`, [...open, event]);
    return around !== undefined && ts + dur > around.ts + around.dur
      ? [`${name} crosses ${around.name}`]
      : [];
  });
};
