import { outlineOf } from "../../actors/workflow/outline.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { exitCodes, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { printable } from "../output.ts";
import { checkTask } from "../task/check-text.ts";
import { formatProblems, type TaskProblem } from "../task/problems.ts";

/** `swarm check TASK`: names everything that is wrong with a task file. Inputs are not read. */
export const checkCommand = async (
  path: string,
  flags: { readonly json?: boolean },
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  const { problems, warnings, plan } = await checkTask(path, { cwd: settings.cwd });
  const isOk = plan !== undefined && problems.length === 0;
  if (flags.json === true) {
    output.result(
      `${JSON.stringify({ ok: isOk, file: path, problems: problems.map(problemJson), warnings: warnings.map(problemJson) })}\n`,
    );
  } else {
    if (warnings.length > 0) output.note(printable(formatProblems(warnings, "warning")));
    output.result(`${isOk ? summaryOf(plan) : printable(formatProblems(problems))}\n`);
  }
  return isOk ? exitCodes.done : exitCodes.usage;
};

/** A problem as programs get it: `hint` is `null` where there is none. */
export const problemJson = ({ line, column, message, hint }: TaskProblem) => ({
  line,
  column,
  message,
  hint: hint ?? null,
});

const summaryOf = ({ name, steps, agents }: RunPlan): string =>
  `ok: ${printable(name)}, ${counted(outlineOf(steps).size, "step")}, ${counted(Object.keys(agents).length, "agent")}`;

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
