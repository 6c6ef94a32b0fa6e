import { names } from "../../observability/attributes.ts";
import type { CriticalPath, Share, SpanNode } from "../../observability/critical-path.ts";
import { pausesIn, workedUs, type Pause } from "../../observability/pauses.ts";
import { rank } from "../../observability/rank.ts";
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
  /** How a run stands that has no end on record: only who looks at its lease knows whether it goes on. */
  readonly standing: string;
};

/** Where in a line a moment of the run is. Pauses take no room: a night between two processes would hide the work. */
type Bar = {
  readonly startUs: number;
  readonly workedUs: number;
  readonly pauses: readonly Pause[];
  readonly width: number;
};

const durationWidth = 8;

/** A run as bars over time, for a terminal. */
export const waterfall = (root: SpanNode, path: CriticalPath, options: WaterfallOptions): string => {
  const { columns, paint, top, standing } = options;
  const { span } = root;
  const labelWidth = Math.max(24, Math.min(64, Math.floor(columns * 0.45)));
  const pauses = pausesIn(span);
  const bar: Bar = {
    startUs: span.startUs,
    workedUs: Math.max(1, workedUs(span.startUs, span.endUs, pauses)),
    pauses,
    width: Math.max(10, columns - labelWidth - durationWidth - 4),
  };
  const lines = linesOf(root, path, top).map((line) => {
    const label = fit(labelOf(line), labelWidth);
    const [duration, drawn] =
      line.type === "span" ? [durationText(workIn(line.node, pauses)), barOf(line, bar)] : moreOf(line, bar);
    const text = `${label} ${duration.padStart(durationWidth)}  ${drawn}`.trimEnd();
    return line.type === "more" ? paint("dim", text) : paintLine(line, text, paint);
  });
  const [run, outcome, rows] = [names.run, names.runOutcome, names.runRows].map((name) => textOf(span, name));
  const status = outcome === "unfinished" ? standing : outcome;
  const head = `${run}  ${status}  ${rows} ${rows === "1" ? "row" : "rows"}`;
  return `${[head, "", ...lines, "", ...sharesText(path, bar.workedUs), legendOf(bar, columns)].join("\n")}\n`;
};

/** On as many lines as it takes. */
const legendOf = ({ pauses }: Bar, columns: number): string => {
  const marks = ["█ model", "░ waits for its turn", "─ the rest"];
  if (pauses.length > 0) marks.push(`${pauseMark} no process drove the run`);
  const lines: string[] = [];
  for (const mark of [...marks, "* the run's duration hangs on it"]) {
    const longer = [...lines.slice(-1), mark].join("  ");
    if (longer.length <= columns) lines.pop();
    lines.push(longer.length <= columns ? longer : mark);
  }
  return lines.join("\n");
};

const pauseMark = "┊";

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
  const mark = line.isCritical ? "*" : " ";
  if (line.type === "more") return `${mark} ${indent}${moreText(line.nodes)}`;
  const remark = remarkOf(line.node);
  const title = printable(titleOf(line.node));
  return `${mark} ${indent}${title}${remark === "" ? "" : `  ${printable(remark)}`}`;
};

const moreText = (nodes: readonly SpanNode[]): string => `${nodes.length} more: median, longest`;

const workIn = ({ span }: SpanNode, pauses: readonly Pause[]): number =>
  workedUs(span.startUs, span.endUs, pauses);

const moreOf = ({ nodes }: Extract<Line, { type: "more" }>, bar: Bar): readonly [string, string] => {
  const times = nodes.map((node) => workIn(node, bar.pauses)).toSorted((a, b) => a - b);
  return [durationText(rank(times, 0.5)), durationText(times.at(-1) ?? 0).padEnd(bar.width)];
};

const barOf = ({ node }: Extract<Line, { type: "span" }>, bar: Bar): string => {
  const cells = Array.from({ length: bar.width }, () => " ");
  draw(cells, bar, node.span, "─");
  if (node.span.unit === "agent") {
    for (const { span } of node.children)
      if (span.unit === "lease.wait" && span.endUs > span.startUs) draw(cells, bar, span, "░");
    for (const { span } of node.children) if (span.unit === "inference") draw(cells, bar, span, "█");
  }
  for (const { fromUs } of bar.pauses)
    if (fromUs >= node.span.startUs && fromUs < node.span.endUs) cells[cellAt(bar, fromUs)] = pauseMark;
  return cells.join("");
};

/** Fills the cells of a stretch of time: one at least, so that nothing that happened is invisible. */
const draw = (
  cells: string[],
  bar: Bar,
  span: { readonly startUs: number; readonly endUs: number },
  mark: string,
): void => {
  const from = cellAt(bar, span.startUs);
  const to = Math.max(from + 1, Math.min(bar.width, Math.round(placeOf(bar, span.endUs))));
  cells.fill(mark, from, to);
};

const placeOf = (bar: Bar, us: number): number =>
  (workedUs(bar.startUs, us, bar.pauses) / bar.workedUs) * bar.width;

const cellAt = (bar: Bar, us: number): number =>
  Math.max(0, Math.min(bar.width - 1, Math.floor(placeOf(bar, us))));

const shareNames: Readonly<Record<Exclude<Share, "paused">, string>> = {
  inference: "models",
  turn: "waiting for a turn at a model",
  coordinator: "the coordinator",
  tools: "commands of the task",
  swarm: "messages and swarm itself",
};

const sharesText = ({ shares }: CriticalPath, totalUs: number): readonly string[] => {
  const parts = Object.entries(shareNames)
    .map(([share, name]) => ({ name, us: shares[share as keyof typeof shareNames] }))
    .filter(({ us }) => us > totalUs / 1000)
    .toSorted((a, b) => b.us - a.us)
    .map(({ name, us }) => `${((us / totalUs) * 100).toFixed(1).padStart(7)} %  ${name}`);
  const paused = shares.paused > 0 ? `, and ${durationText(shares.paused)} paused` : "";
  return [`critical path: ${durationText(totalUs)}${paused}`, ...parts];
};
