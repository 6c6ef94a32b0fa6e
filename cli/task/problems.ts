import { SwarmError } from "../../coordination/protocol/errors.ts";
import { printable } from "../output.ts";
import { unseen } from "../unseen.ts";

/** One thing that is wrong with a task file, and where. */
export type TaskProblem = {
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
  /** The line with carets below it; empty where there is no line to show. */
  readonly frame: string;
};

/** A task file that cannot be used. Holds all that is wrong with it, in the order of the text. */
export class TaskProblems extends SwarmError {
  readonly problems: readonly TaskProblem[];

  constructor(problems: readonly TaskProblem[], options?: ErrorOptions) {
    super("BAD_TASK", formatProblems(problems), options);
    this.problems = problems;
  }
}

/** `file:line:col: error: message`, then the frame and the hint. `kind` is what the word before the message says. */
export const formatProblems = (
  problems: readonly TaskProblem[],
  kind: "error" | "warning" = "error",
): string =>
  problems
    .map(({ file, line, column, message, hint, frame }) =>
      [
        `${onOneLine(file)}:${line}:${column}: ${kind}: ${onOneLine(message)}`,
        ...(frame === "" ? [] : [frame]),
        ...(hint === undefined ? [] : [`  hint: ${onOneLine(hint)}`]),
      ].join("\n"),
    )
    .join("\n");

/** What a message quotes may hold anything. */
const onOneLine = (text: string): string => printable(text.replaceAll("\n", "\\n").replaceAll("\t", "\\t"));

/** A problem of a file as a whole. */
export const unplaced = (file: string, message: string): TaskProblem => ({
  file,
  line: 1,
  column: 1,
  message,
  frame: "",
});

/** Turns offsets of one text into lines, columns and frames. */
export type Locator = (at: {
  readonly offset: number;
  readonly length: number;
}) => Pick<TaskProblem, "line" | "column" | "frame">;

export const locatorOf = (text: string): Locator => {
  const starts = lineStarts(text);
  return ({ offset, length }) => {
    const index = lineAt(starts, Math.min(offset, text.length));
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? text.length;
    const source = text.slice(start, Math.min(end, offset + MAX_FRAME_CHARS)).replace(/[\r\n]+$/, "");
    return {
      line: index + 1,
      column: offset - start + 1,
      frame: frameOf(source, index + 1, offset - start, length),
    };
  };
};

const MAX_FRAME_CHARS = 100;

const frameOf = (source: string, line: number, column: number, length: number): string => {
  // A long line is shown around the place that matters.
  const from = column > MAX_FRAME_CHARS - 20 ? column - 40 : 0;
  const cut = from > 0 ? "…" : "";
  const shown = cut + source.slice(from, from + MAX_FRAME_CHARS);
  const gutter = String(line).padStart(4);
  const pad = column - from + cut.length;
  const carets = Math.max(1, Math.min(length, shown.length - pad));
  return `${gutter} | ${inColumns(shown)}\n${" ".repeat(gutter.length)} | ${" ".repeat(pad)}${"^".repeat(carets)}`;
};

/** One column a character, and nothing that a terminal would obey. */
const inColumns = (text: string): string =>
  text.replace(/\t/g, " ").replace(unseen, ({ length }) => "\ufffd".repeat(length));

const lineStarts = (text: string): readonly number[] => {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
};

const lineAt = (starts: readonly number[], offset: number): number => {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};
