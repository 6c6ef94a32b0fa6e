import { names } from "../../observability/attributes.ts";
import type { CriticalPath, Share, SpanNode } from "../../observability/critical-path.ts";
import { textOf } from "../../observability/span.ts";
import { printable, type Output } from "../output.ts";
import { durationText } from "./duration.ts";
import { fit } from "./fit.ts";
import { linesOf, remarkOf, titleOf, type Line } from "./lines.ts";

export type WaterfallOptions = {
  /** Width in characters. */
  readonly columns: number;
  readonly paint: Output["paint"];
  /** Of more items of a map than that only the slowest are shown. */
  readonly top: number;
};

type Bar = { readonly startUs: number; readonly spanUs: number; readonly width: number };

const durationWidth = 8;

/** A run as bars over time, for a terminal. */
export const waterfall = (root: SpanNode, path: CriticalPath, options: WaterfallOptions): string => {
  const { columns, paint, top } = options;
  const { span } = root;
  const labelWidth = Math.max(24, Math.min(64, Math.floor(columns * 0.45)));
  const bar: Bar = {
    startUs: span.startUs,
    spanUs: Math.max(1, span.endUs - span.startUs),
    width: Math.max(10, columns - labelWidth - durationWidth - 4),
  };
  const lines = linesOf(root, path, top).map((line) => {
    const label = fit(labelOf(line), labelWidth);
    const [duration, drawn] =
      line.type === "span" ? [durationOf(line.node), barOf(line, bar)] : moreOf(line, bar);
    const text = `${label} ${duration.padStart(durationWidth)}  ${drawn}`.trimEnd();
    return line.type === "more" ? paint("dim", text) : paintLine(line, text, paint);
  });
  const [run, outcome, rows] = [names.run, names.runOutcome, names.runRows].map((name) => textOf(span, name));
  const head = `${run}  ${outcome}  ${rows} rows`;
  return `${[head, "", ...lines, "", ...sharesText(path, bar.spanUs), legend].join("\n")}\n`;
};

const legend = "█ model  ░ waits for its turn  ─ the rest  * the run's duration hangs on it";

const paintLine = (
  { node, isCritical }: Extract<Line, { type: "span" }>,
  text: string,
  paint: Output["paint"],
): string => {
  if (node.span.status.type === "error") return paint("red", text);
  return isCritical ? paint("cyan", text) : text;
};

const labelOf = (line: Line): string => {
  const indent = "  ".repeat(line.depth);
  if (line.type === "more") return `  ${indent}${moreText(line.nodes)}`;
  const remark = remarkOf(line.node);
  const title = printable(titleOf(line.node));
  return `${line.isCritical ? "*" : " "} ${indent}${title}${remark === "" ? "" : `  ${printable(remark)}`}`;
};

const moreText = (nodes: readonly SpanNode[]): string => `${nodes.length} more: median, longest`;

const durationOf = ({ span }: SpanNode): string => durationText(span.endUs - span.startUs);

const moreOf = ({ nodes }: Extract<Line, { type: "more" }>, bar: Bar): readonly [string, string] => {
  const times = nodes.map(({ span }) => span.endUs - span.startUs).toSorted((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  return [durationText(median), durationText(times.at(-1) ?? 0).padEnd(bar.width)];
};

const barOf = ({ node }: Extract<Line, { type: "span" }>, bar: Bar): string => {
  const cells = Array.from({ length: bar.width }, () => " ");
  draw(cells, bar, node.span, "─");
  if (node.span.unit === "agent") {
    for (const { span } of node.children)
      if (span.unit === "lease.wait" && span.endUs > span.startUs) draw(cells, bar, span, "░");
    for (const { span } of node.children) if (span.unit === "inference") draw(cells, bar, span, "█");
  }
  return cells.join("");
};

/** Fills the cells of a stretch of time: one at least, so that nothing that happened is invisible. */
const draw = (
  cells: string[],
  { startUs, spanUs, width }: Bar,
  span: { readonly startUs: number; readonly endUs: number },
  mark: string,
): void => {
  const cell = (us: number): number => ((us - startUs) / spanUs) * width;
  const from = Math.max(0, Math.min(width - 1, Math.floor(cell(span.startUs))));
  const to = Math.max(from + 1, Math.min(width, Math.round(cell(span.endUs))));
  cells.fill(mark, from, to);
};

const shareNames: Readonly<Record<Share, string>> = {
  inference: "models",
  turn: "waiting for a turn at a model",
  coordinator: "the coordinator",
  tools: "commands of the task",
  swarm: "messages and swarm itself",
};

const sharesText = ({ shares }: CriticalPath, totalUs: number): readonly string[] => {
  const parts = Object.entries(shareNames)
    .map(([share, name]) => ({ name, us: shares[share as Share] }))
    .filter(({ us }) => us > totalUs / 1000)
    .toSorted((a, b) => b.us - a.us)
    .map(({ name, us }) => `${((us / totalUs) * 100).toFixed(1).padStart(7)} %  ${name}`);
  return [`critical path: ${durationText(totalUs)}`, ...parts];
};
