import { names } from "./attributes.ts";
import { fateOf, withoutBystanders } from "./fate.ts";
import { textOf, type Span, type SpanUnit } from "./span.ts";
import { byPath } from "./path-order.ts";
import { pausesIn, workedUs } from "./pauses.ts";
import { walkBack, type Stretch } from "./walk-back.ts";

/** A span with those inside it, by rising start. */
export type SpanNode = {
  readonly span: Span;
  readonly children: SpanNode[];
  /** The decision that a step made. It goes on beside the work of its voters, so it is no work of its own. */
  decision?: Span;
};

/** What the time of a run went into. */
export type Share = "inference" | "turn" | "coordinator" | "tools" | "swarm" | "paused";

export type CriticalPath = {
  /** Ids of the spans that the run's duration hangs on: had one of them been shorter, the run would have been, too. */
  readonly spans: ReadonlySet<string>;
  /** Microseconds of the path by what was waited for. They sum up to the duration of the run. */
  readonly shares: Readonly<Record<Share, number>>;
};

/** What a person waits for. Messages are points in time; they neither take any nor are they in the way. */
const working: ReadonlySet<SpanUnit> = new Set([
  "run",
  "step",
  "agent",
  "inference",
  "tool",
  "propose",
  "lease.wait",
]);

/** The tree of the spans that take time. `undefined` without a run. */
export const spanTree = (spans: Iterable<Span>): SpanNode | undefined => {
  const nodes = new Map<string, SpanNode>();
  const agents = new Map<string, SpanNode>();
  const decisions = new Map<string, Span>();
  for (const span of spans) {
    if (span.unit === "decision") decisions.set(span.spanId, span);
    if (!working.has(span.unit)) continue;
    const node = { span, children: [] };
    nodes.set(span.spanId, node);
    if (span.unit === "agent") agents.set(textOf(span, names.genAiAgentId), node);
  }
  let root: SpanNode | undefined;
  for (const node of nodes.values()) {
    const { parentSpanId, unit } = node.span;
    if (parentSpanId === undefined) root = node;
    // A ballot is the last work of the agent that cast it.
    const voter = unit === "propose" ? agents.get(textOf(node.span, names.genAiAgentId)) : undefined;
    const around = voter ?? nodes.get(decisions.get(parentSpanId ?? "")?.parentSpanId ?? parentSpanId ?? "");
    around?.children.push(node);
  }
  for (const decision of decisions.values()) {
    const step = nodes.get(decision.parentSpanId ?? "");
    if (step !== undefined) step.decision = decision;
  }
  for (const { children } of nodes.values()) children.sort(byStart);
  return root;
};

const byStart = ({ span: a }: SpanNode, { span: b }: SpanNode): number =>
  a.startUs - b.startUs || byPath(textOf(a, names.stepPath), textOf(b, names.stepPath));

/** What ended last was waited for, and before it began, what had ended last by then. */
export const criticalPath = (root: SpanNode): CriticalPath => {
  const spans = new Set<string>();
  const shares = { inference: 0, turn: 0, coordinator: 0, tools: 0, swarm: 0, paused: 0 };
  const pauses = pausesIn(root.span);
  const whole = { work: root, startUs: root.span.startUs, endUs: root.span.endUs };
  walkBack(whole, insideOf, ({ work: { span }, startUs, endUs }) => {
    spans.add(span.spanId);
    const worked = workedUs(startUs, endUs, pauses);
    shares[ownShare(span.unit)] += worked;
    shares.paused += endUs - startUs - worked;
  });
  return { spans, shares };
};

const insideOf = ({ span, children }: SpanNode): readonly Stretch<SpanNode>[] =>
  withoutBystanders(fateOf(span), children, (child) => fateOf(child.span)).map((work) => ({
    work,
    startUs: work.span.startUs,
    endUs: lastWorkUs(work),
  }));

/** An agent that has voted waits for the outcome: its work ended with the last thing inside it. */
const lastWorkUs = ({ span, children }: SpanNode): number =>
  span.unit !== "agent" || children.length === 0
    ? span.endUs
    : Math.min(
        span.endUs,
        children.reduce((latest, child) => Math.max(latest, child.span.endUs), span.startUs),
      );

const ownShare = (unit: SpanUnit): Share => {
  switch (unit) {
    case "inference":
      return "inference";
    case "lease.wait":
      return "turn";
    case "propose":
      return "coordinator";
    case "tool":
      return "tools";
    default:
      return "swarm";
  }
};
