import { printable } from "../../../cli/output.ts";
import { program } from "../../../cli/program.ts";
import { formatProblems, TaskProblems } from "../../../cli/task/problems.ts";
import { SwarmError } from "../../../coordination/protocol/errors.ts";
import { listeningContext } from "../../unit/cli/listening-context.ts";

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
  const { context, said } = listeningContext(cwd);
  const result = (text: string): void => {
    context.output.result(text);
    onResult?.(text);
  };
  const output = { ...context.output, result, resultFromOutside: result };
  const { notes } = said;
  let code = 0;
  let bug: unknown;
  try {
    await program({ ...context, output, signal }, (exit) => (code = exit), words[0]).parseAsync(words, {
      from: "user",
    });
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
  return { code, stdout: said.result, stderr: notes.join("\n"), ...(bug === undefined ? {} : { bug }) };
};
