import { names } from "../../observability/attributes.ts";
import { textOf, type Span, type SpanUnit } from "../../observability/span.ts";

/** An event of the Chrome trace event format. Times in microseconds from the start of the run. */
type ChromeEvent = {
  readonly name: string;
  readonly ph: "X" | "i" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly s?: "t";
  readonly cat?: string;
  readonly args?: Readonly<Record<string, unknown>>;
};

/** A row of a viewer: what lies on it is nested or follows one another. */
type Lane = { readonly tid: number; readonly open: Span[] };
type Group = { readonly pid: number; readonly name: string; readonly lanes: Lane[] };

const drawn: ReadonlySet<SpanUnit> = new Set([
  "run",
  "step",
  "agent",
  "inference",
  "tool",
  "lease.wait",
  "lease.hold",
  "decision",
  "propose",
]);

/**
 * A run as a Chrome trace event file, line by line, for Perfetto and `chrome://tracing`. Slices of one row must not overlap there unless one is
 * inside the other; so whatever goes on at once gets rows of its own, those of an agent together.
 */
export function* chromeTrace(spans: readonly Span[]): Generator<string> {
  const origin = spans.find(({ unit }) => unit === "run")?.startUs ?? 0;
  const groups = new Map<string, Group>();
  const agents = new Map(
    spans.flatMap((span) =>
      span.unit === "agent" ? [[span.spanId, textOf(span, names.genAiAgentName)]] : [],
    ),
  );
  // Whatever begins first, and of those the longest, lies around the others.
  const ordered = spans
    .filter(({ unit }) => drawn.has(unit))
    .toSorted((a, b) => a.startUs - b.startUs || b.endUs - a.endUs);
  let separator = "";
  const line = (event: ChromeEvent): string => {
    const text = `${separator}${JSON.stringify(event)}`;
    separator = ",\n";
    return text;
  };
  yield '{"displayTimeUnit":"ms","traceEvents":[\n';
  for (const span of ordered) {
    const group = groupOf(groups, groupName(span, agents));
    const isNew = group.lanes.length === 0;
    const known = group.lanes.length;
    const { tid } = laneFor(group, span);
    const { pid } = group;
    if (isNew) {
      yield line({ name: "process_name", ph: "M", pid, tid, args: { name: group.name } });
      yield line({ name: "process_sort_index", ph: "M", pid, tid, args: { sort_index: pid } });
    }
    if (group.lanes.length > known)
      yield line({ name: "thread_name", ph: "M", pid, tid, args: { name: `${group.name} ${tid}` } });
    yield line({
      name: titleOf(span),
      ph: "X",
      cat: span.status.type === "error" ? `${span.unit},error` : span.unit,
      pid,
      tid,
      ts: span.startUs - origin,
      dur: span.endUs - span.startUs,
      args: { ...span.attributes, ...(span.status.type === "error" ? { error: span.status.message } : {}) },
    });
    for (const { name, atUs, attributes } of span.events) {
      const ts = Math.max(span.startUs, Math.min(span.endUs, atUs)) - origin;
      yield line({ name, ph: "i", s: "t", cat: span.unit, pid, tid, ts, args: attributes });
    }
  }
  yield "\n]}\n";
}

const groupName = (span: Span, agents: ReadonlyMap<string, string>): string => {
  const agent = agents.get(span.spanId) ?? agents.get(span.parentSpanId ?? "");
  if (agent !== undefined) return `agent ${agent}`;
  return span.unit === "decision" || span.unit === "propose" ? "decisions" : "workflow";
};

const groupOf = (groups: Map<string, Group>, name: string): Group => {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group = { pid: groups.size + 1, name, lanes: [] };
  groups.set(name, group);
  return group;
};

/** The first row on which a span lies inside of, or after, what is there. */
const laneFor = ({ lanes }: Group, span: Span): Lane => {
  for (const lane of lanes) {
    const { open } = lane;
    while (open.length > 0 && (open.at(-1)?.endUs ?? 0) <= span.startUs) open.pop();
    const around = open.at(-1);
    if (around === undefined || (around.endUs >= span.endUs && isAround(around, span))) {
      open.push(span);
      return lane;
    }
  }
  const lane: Lane = { tid: lanes.length + 1, open: [span] };
  lanes.push(lane);
  return lane;
};

/** A call is drawn on the lease that it holds, which is its sibling. */
const isAround = (around: Span, { parentSpanId }: Span): boolean =>
  around.spanId === parentSpanId || (around.unit === "lease.hold" && around.parentSpanId === parentSpanId);

const titleOf = (span: Span): string => {
  if (span.unit === "step") return textOf(span, names.stepPath);
  return span.unit === "decision" ? `decision ${textOf(span, names.decisionId)}` : span.name;
};
