import { CommanderError } from "commander";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import { TaskProblems } from "../task/problems.ts";

/** An error for programs. `problems` are those of a task file, in the order of the text; `hint` is `null` where there is none. */
export type ErrorJson = {
  readonly error: {
    /** One of the codes of a broken world, or `INTERNAL` for a bug in swarm itself. */
    readonly code: string;
    readonly message: string;
    readonly exit: ExitCode;
    readonly problems?: readonly {
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly message: string;
      readonly hint: string | null;
    }[];
  };
};

export const errorJson = (error: unknown, exit: ExitCode): ErrorJson => {
  if (error instanceof TaskProblems) {
    const problems = error.problems.map(({ file, line, column, message, hint = null }) => ({
      file,
      line,
      column,
      message,
      hint,
    }));
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    const message = `${problems[0]?.file ?? "the task"} has ${count}`;
    return { error: { code: error.code, message, exit, problems } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { error: { code: codeOf(error, exit), message: message.replace(/^error: /, ""), exit } };
};

const codeOf = (error: unknown, exit: ExitCode): string => {
  if (error instanceof SwarmError) return error.code;
  return error instanceof CommanderError && exit === exitCodes.usage ? "BAD_USAGE" : "INTERNAL";
};
