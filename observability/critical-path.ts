import { names } from "./attributes.ts";
import { textOf, type Span, type SpanUnit } from "./span.ts";

/** A span with those inside it, by rising start. */
export type SpanNode = {
  readonly span: Span;
  readonly children: SpanNode[];
  /** The decision that a step made. It goes on beside the work of its voters, so it is no work of its own. */
  decision?: Span;
};

/** What the time of a run went into. */
export type Share = "inference" | "turn" | "coordinator" | "tools" | "swarm";

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
  a.startUs - b.startUs ||
  textOf(a, names.stepPath).localeCompare(textOf(b, names.stepPath), "en", { numeric: true });

/**
 * Walks back from the end of the run: what ended last was waited for, and before it began, what had ended last by then. Time that nothing
 * inside accounts for is the span's own.
 */
export const criticalPath = (root: SpanNode): CriticalPath => {
  const spans = new Set<string>();
  const shares = { inference: 0, turn: 0, coordinator: 0, tools: 0, swarm: 0 };
  const walk = (node: SpanNode, fromUs: number, untilUs: number): void => {
    spans.add(node.span.spanId);
    const own = ownShare(node.span.unit);
    // Clocks of engines may differ a little from ours: what is inside counts as far as it lies inside.
    const startUs = Math.max(fromUs, node.span.startUs);
    let leftUs = Math.min(untilUs, node.span.endUs);
    const inside = node.children.map((child) => ({
      child,
      endUs: Math.min(lastWorkUs(child), node.span.endUs),
    }));
    inside.sort((a, b) => a.endUs - b.endUs);
    for (let latest = inside.pop(); latest !== undefined; latest = inside.pop()) {
      // What was still going on then is not what was waited for.
      if (latest.endUs > leftUs) continue;
      if (latest.endUs < startUs) break;
      shares[own] += leftUs - latest.endUs;
      walk(latest.child, startUs, latest.endUs);
      leftUs = Math.min(latest.endUs, Math.max(startUs, latest.child.span.startUs));
    }
    shares[own] += Math.max(0, leftUs - startUs);
  };
  walk(root, root.span.startUs, root.span.endUs);
  return { spans, shares };
};

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
