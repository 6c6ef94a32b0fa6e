import { dirname } from "node:path";
import type { InputValue } from "../../actors/workflow/plan.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { printable } from "../output.ts";
import { mermaidOf } from "../plan/mermaid.ts";
import { planReport, type AbsentInput } from "../plan/report.ts";
import { reportText } from "../plan/report-text.ts";
import { readInputs } from "../task/inputs.ts";
import { checkTask } from "../task/load.ts";
import { formatProblems, TaskProblems } from "../task/problems.ts";
import type { Task } from "../task/schema.ts";
import { packageRoot } from "../wire/package.ts";
import { problemJson } from "./check.ts";

export type PlanFlags = { readonly json?: boolean; readonly mermaid?: boolean };

/** `swarm plan TASK`: what would run, without running it. Inputs that are not there are told, and do no harm. */
export const planCommand = async (
  path: string,
  flags: PlanFlags,
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  const { problems, warnings, task, source, plan } = await checkTask(path, { cwd: settings.cwd });
  if (task === undefined || source === undefined || plan === undefined) throw new TaskProblems(problems);
  const { inputs, absent } = await inputsAtHand(task, { cwd: settings.cwd, folder: dirname(source.path) });
  const known = { ...plan, inputs };
  const mermaid = mermaidOf(plan.steps, Object.keys(plan.outputs));
  const { report, estimate } = planReport(known, packageRoot());
  if (flags.json === true) {
    output.result(
      `${JSON.stringify({ ...report, file: path, absent, mermaid, warnings: warnings.map(problemJson) })}\n`,
    );
    return exitCodes.done;
  }
  if (warnings.length > 0) output.note(printable(formatProblems(warnings, "warning")));
  output.result(flags.mermaid === true ? mermaid : reportText(report, plan.steps, estimate, absent));
  return exitCodes.done;
};

/** The inputs that have a value without being asked for, and those that have none or cannot be read. */
const inputsAtHand = async (task: Task, places: { readonly cwd: string; readonly folder: string }) => {
  const inputs: Record<string, InputValue> = {};
  const absent: AbsentInput[] = [];
  for (const [name, spec] of Object.entries(task.inputs ?? {})) {
    try {
      const read = await readInputs({ ...task, inputs: { [name]: spec } }, { given: {}, ...places });
      Object.assign(inputs, read.inputs);
    } catch (cause) {
      if (!(cause instanceof SwarmError)) throw cause;
      absent.push({ name, reason: cause.message });
    }
  }
  return { inputs, absent };
};
