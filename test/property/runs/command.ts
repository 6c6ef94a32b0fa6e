import type { CommandContext } from "../../../cli/context.ts";
import { printable } from "../../../cli/output.ts";
import { program } from "../../../cli/program.ts";
import { formatProblems, TaskProblems } from "../../../cli/task/problems.ts";
import { SwarmError } from "../../../coordination/protocol/errors.ts";

export type Said = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bug?: unknown;
};

export type CommandOptions = {
  readonly cwd: string;
  readonly signal?: AbortSignal;
  /** Is told each piece of the result as it comes. */
  readonly onResult?: (text: string) => void;
};

/** Runs the command line inside this process. `bug`: what a user would have been shown a stack trace of. */
export const command = async (
  words: readonly string[],
  { cwd, signal = new AbortController().signal, onResult }: CommandOptions,
): Promise<Said> => {
  const out: string[] = [];
  const notes: string[] = [];
  const result = (text: string): void => {
    out.push(text);
    onResult?.(text);
  };
  const context: CommandContext = {
    settings: {
      home: `${cwd}/.swarm`,
      cwd,
      colour: false,
      models: { folder: `${cwd}/models` },
      environment: () => undefined,
    },
    output: {
      result,
      resultFromOutside: result,
      note: (line) => void notes.push(line),
      live: () => undefined,
      isLive: false,
      liveRows: 23,
      columns: 100,
      paint: (_, text) => text,
      resultColumns: 100,
      paintResult: (_, text) => text,
    },
    version: "0.0.0",
    signal,
    stdin: () => Promise.resolve(""),
  };
  let code = 0;
  let bug: unknown;
  try {
    await program(context, (exit) => (code = exit), words[0]).parseAsync(words, { from: "user" });
  } catch (error) {
    if (error instanceof TaskProblems) {
      notes.push(formatProblems(error.problems));
      code = 2;
    } else if (error instanceof SwarmError) {
      notes.push(`swarm: ${printable(error.message)}`);
      code = error.exit;
    } else {
      bug = error;
      code = 1;
    }
  }
  return { code, stdout: out.join(""), stderr: notes.join("\n"), ...(bug === undefined ? {} : { bug }) };
};
