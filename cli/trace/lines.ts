import { names } from "../../observability/attributes.ts";
import type { CriticalPath, SpanNode } from "../../observability/critical-path.ts";
import { textOf, type Span } from "../../observability/span.ts";
import { countOf } from "../count-text.ts";

/** One line of a waterfall: a span, or several of a kind that are not shown one by one. */
export type Line =
  | {
      readonly type: "span";
      readonly depth: number;
      readonly node: SpanNode;
      readonly isCritical: boolean;
    }
  | {
      readonly type: "more";
      readonly depth: number;
      readonly nodes: readonly SpanNode[];
      /** Whether any of them is. */
      readonly isCritical: boolean;
    };

/** What a line of its own is for. The rest is part of the line around it. */
const shown: ReadonlySet<string> = new Set(["step", "agent"]);

/**
 * The lines of a run, parents before what is inside. Of more than `top` items of a map only the slowest are shown, before them
 * those that the duration of the run hangs on; the others are counted.
 */
export const linesOf = (root: SpanNode, path: CriticalPath, top: number): readonly Line[] => {
  const lines: Line[] = [];
  const visit = (node: SpanNode, depth: number): void => {
    lines.push({ type: "span", depth, node, isCritical: path.spans.has(node.span.spanId) });
    const inside = node.children.filter(({ span }) => shown.has(span.unit));
    const chosen = chosenOf(inside, path, top);
    for (const child of inside) if (chosen.has(child)) visit(child, depth + 1);
    const others = inside.filter((child) => !chosen.has(child));
    const isCritical = others.some(({ span }) => path.spans.has(span.spanId));
    if (others.length > 0) lines.push({ type: "more", depth: depth + 1, nodes: others, isCritical });
  };
  visit(root, 0);
  return lines;
};

const chosenOf = (inside: readonly SpanNode[], path: CriticalPath, top: number): ReadonlySet<SpanNode> => {
  const isMap = textOf(inside[0]?.span ?? { attributes: {} }, names.stepKind) === "item";
  const atMost = isMap ? top : Math.max(top, alwaysShown);
  // Leaving out a line to add one that says so helps nobody.
  if (inside.length <= atMost + 1) return new Set(inside);
  const slowestFirst = inside.toSorted((a, b) => urgency(b, path) - urgency(a, path));
  return new Set(slowestFirst.slice(0, atMost));
};

/** Steps and voters that a task names one by one are shown one by one up to here. */
const alwaysShown = 20;

/** What failed comes first, then what the run waited for, then what took longest. */
const urgency = ({ span }: SpanNode, path: CriticalPath): number =>
  (span.endUs - span.startUs) / 1e15 +
  (path.spans.has(span.spanId) ? 1 : 0) +
  (span.status.type === "error" ? 2 : 0);

/** What a line is called: the name within what is around it. */
export const titleOf = ({ span }: SpanNode): string => {
  const text = (name: string): string => textOf(span, name);
  switch (span.unit) {
    case "run":
      return text(names.genAiWorkflow);
    case "agent":
      return text(names.genAiAgentName);
    case "step": {
      const path = text(names.stepPath);
      const inner = path.slice(path.lastIndexOf("/") + 1);
      return path.endsWith("]") ? inner.slice(inner.lastIndexOf("[")) : inner;
    }
    default:
      return span.name;
  }
};

/** What else there is to say of a line, in few words. */
export const remarkOf = ({ span, children, decision }: SpanNode): string => {
  const { attributes, status } = span;
  if (status.type === "error") return failedText(textOf(span, names.errorType));
  if (attributes[names.unfinished] === true || attributes[names.stepOutcome] === "unfinished")
    return "unfinished";
  if (attributes[names.stepOutcome] === "abandoned") return "abandoned";
  if (decision !== undefined) return decisionRemark(decision);
  if (span.unit === "agent") return agentRemark(span, children);
  const kind = String(attributes[names.stepKind] ?? "");
  // A trace knows of no item whose steps were all skipped, so this is not how many there are.
  if (kind === "map") return `${countOf(children.length, "item")} at work`;
  return kind === "parallel" ? `${children.length} in parallel` : "";
};

/** A run may have failed of nothing more special than `failed`. */
const failedText = (code: string): string => (code === "failed" ? code : `failed: ${code}`);

const decisionRemark = (decision: Span): string => {
  const outcome = textOf(decision, names.decisionOutcome);
  if (outcome === "") return waitsForPerson(decision) ? "waits for a person" : "open";
  if (outcome !== "settled") return `not settled: ${outcome}`;
  const ruler = textOf(decision, names.decisionRuledBy);
  if (ruler !== "") return `-> ${textOf(decision, names.decisionWinner)}, ruled by ${ruler}`;
  const share = Number(decision.attributes[names.decisionShare]);
  return `-> ${textOf(decision, names.decisionWinner)} ${Math.round(share * 100)} %`;
};

const waitsForPerson = ({ events }: Span): boolean =>
  events.findLast(({ name }) => name === "round.opened")?.attributes[names.roundKind] === "person";

const agentRemark = ({ attributes, events }: Span, children: readonly SpanNode[]): string => {
  const retries = events.filter(({ name }) => name === "retry").length;
  // Of several it is the last that answered.
  const model = children.findLast(({ span }) => span.unit === "inference")?.span.attributes[
    names.genAiRequestModel
  ];
  return [model ?? attributes[names.genAiRequestModel], retries > 0 ? `${retries} retried` : undefined]
    .filter((part) => part !== undefined)
    .join(", ");
};
