import { styleText } from "node:util";
import { unseen } from "./unseen.ts";

type Style = Parameters<typeof styleText>[0];

/** Where a command speaks: the result goes to stdout, everything else to stderr. */
export type Output = {
  /** Part of the result. */
  readonly result: (text: string) => void;
  /** The same of words that a model or an input said: a terminal would obey what stands between them. */
  readonly resultFromOutside: (text: string) => void;
  /** A line for people, on stderr. */
  readonly note: (line: string) => void;
  /** Rewrites the lines at the bottom of a terminal, the last `liveRows` of them; without a terminal does nothing. */
  readonly live: (lines: readonly string[]) => void;
  readonly isLive: boolean;
  /** How many lines can be rewritten: what has scrolled off the top cannot. */
  readonly liveRows: number;
  readonly columns: number;
  readonly paint: (style: Style, text: string) => string;
  /** How wide the result may be, and its colours: none where it goes to a file or a pipe. */
  readonly resultColumns: number;
  readonly paintResult: (style: Style, text: string) => string;
};

export type OutputStreams = { readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream };

export type TerminalOutput = Output & {
  /** Whether any of the result was said. */
  readonly hasResult: boolean;
  /** Resolves once all that was said has been taken, however slow the reader, and tells whether the result got out. */
  readonly flush: () => Promise<"whole" | "lost">;
};

export const terminalOutput = (streams: OutputStreams, colour: boolean): TerminalOutput => {
  const { stderr } = streams;
  // Who watches may go away, and what is said to nobody must not end the work.
  stderr.on("error", () => undefined);
  const isLive = stderr.isTTY && colour;
  let shown = 0;
  let found: NodeJS.WriteStream | undefined;
  let hasResult = false;
  let taken = Promise.resolve();
  let fate: "whole" | "unread" | "lost" = "whole";
  // Node makes the stream when it is first asked for, and a run that begins should not wait for that.
  const resultStream = (): NodeJS.WriteStream =>
    // What becomes of it each write is told for itself.
    (found ??= streams.stdout.on("error", () => undefined));
  const refuse = ({ code, message }: NodeJS.ErrnoException): void => {
    if (fate !== "whole") return;
    // A reader that goes away early, as `head` does, is no error.
    fate = code === "EPIPE" ? "unread" : "lost";
    if (fate === "lost")
      note(
        `swarm: the result could not be written to stdout (${code ?? message}); free space, or send it elsewhere: what is on record stays, and \`swarm show\` tells it`,
      );
  };
  // Line by line up to the first of ours: some terminals keep a screen that is cleared as a whole in their history.
  const erase = () => "\u001B[1A\u001B[2K".repeat(shown);
  // The cursor stands below them.
  const liveRows = () => Math.max(1, (stderr.rows ?? 24) - 1);
  const note = (line: string): void => {
    stderr.write(`${isLive ? erase() : ""}${line}\n`);
    shown = 0;
  };
  const result = (text: string): void => {
    const stdout = resultStream();
    hasResult = true;
    if (isLive && stdout.isTTY) stderr.write(erase());
    shown = stdout.isTTY ? 0 : shown;
    taken = new Promise((resolve) => {
      stdout.write(text, (error) => {
        if (error) refuse(error);
        resolve();
      });
    });
  };
  return {
    isLive,
    get liveRows() {
      return liveRows();
    },
    get columns() {
      return stderr.columns ?? 100;
    },
    result,
    resultFromOutside: (text) => result(resultStream().isTTY ? printable(text) : text),
    note,
    live: (lines) => {
      if (!isLive) return;
      const width = stderr.columns ?? 100;
      const fitting = lines.slice(Math.max(0, lines.length - liveRows()));
      stderr.write(`${erase()}${fitting.map((line) => `${clipVisible(line, width - 1)}\n`).join("")}`);
      shown = fitting.length;
    },
    paint: (style, text) => (isLive ? styleText(style, text) : text),
    get resultColumns() {
      return resultStream().columns ?? 100;
    },
    paintResult: (style, text) =>
      resultStream().isTTY && colour ? styleText(style, text, { validateStream: false }) : text,
    get hasResult() {
      return hasResult;
    },
    flush: async () => {
      await taken;
      if (stderr.writableLength > 0) await new Promise<void>((resolve) => stderr.write("", () => resolve()));
      return fate === "lost" ? "lost" : "whole";
    },
  };
};

const escape = /\u001B\[[0-9;]*m/g;

/** Cuts a line to so many visible characters; colour codes count for nothing. */
export const clipVisible = (line: string, width: number): string => {
  if (line.replace(escape, "").length <= width) return line;
  let visible = 0;
  let cut = "";
  for (let at = 0; at < line.length && visible < width - 1;) {
    escape.lastIndex = at;
    const code = escape.exec(line);
    if (code?.index === at) {
      cut += code[0];
      at += code[0].length;
    } else {
      cut += line[at];
      at += 1;
      visible += 1;
    }
  }
  return `${cut}…\u001B[0m`;
};

/** Makes text from outside harmless on a terminal: what would be obeyed or not be seen is spelt out. */
export const printable = (text: string): string =>
  text.replace(unseen, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    if (code.length > 4) return `\\u{${code}}`;
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });

/** A word of a command as a shell takes it. */
export const shellWord = (word: string): string =>
  /^[\w./:@%+-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`;

/** Columns as wide as their widest cell, two spaces between. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};
