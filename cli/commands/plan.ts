import { dirname } from "node:path";
import type { InputValue } from "../../actors/workflow/plan.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { printable } from "../output.ts";
import { mermaidOf } from "../plan/mermaid.ts";
import { planReport, type AbsentInput } from "../plan/report.ts";
import { reportText } from "../plan/report-text.ts";
import { readInputs, type InputSources } from "../task/inputs.ts";
import { checkTask } from "../task/check-text.ts";
import { formatProblems, TaskProblems } from "../task/problems.ts";
import type { Task } from "../task/schema.ts";
import { packageRoot } from "../wire/package.ts";
import { problemJson } from "./check.ts";

export type PlanFlags = {
  /** Bytes. */
  readonly vram?: number;
  readonly json?: boolean;
  readonly mermaid?: boolean;
  readonly input?: Readonly<Record<string, string>>;
};

/** `swarm plan TASK`: what would run, without running it. Inputs that are not there are told, and do no harm. */
export const planCommand = async (
  path: string,
  flags: PlanFlags,
  { settings, output, stdin }: CommandContext,
): Promise<ExitCode> => {
  const { problems, warnings, task, source, plan } = await checkTask(path, { cwd: settings.cwd });
  if (task === undefined || source === undefined || plan === undefined) throw new TaskProblems(problems);
  const { inputs, absent } = await inputsAtHand(task, {
    given: flags.input ?? {},
    cwd: settings.cwd,
    folder: dirname(source.path),
    stdin,
  });
  const known = { ...plan, ...(flags.vram === undefined ? {} : { memoryBytes: flags.vram }), inputs };
  const mermaid = mermaidOf(plan.steps, Object.keys(plan.outputs));
  const { report, estimate } = planReport(known, packageRoot(), settings.models.folder);
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

/**
 * The inputs that have a value, and those that have none or whose file cannot be read. One that is given on the command line
 * must be right: it throws `BAD_INPUT`, as a run would.
 */
const inputsAtHand = async (task: Task, sources: InputSources) => {
  const specs = task.inputs ?? {};
  const given = Object.entries(specs).filter(([name]) => Object.hasOwn(sources.given, name));
  // One that the task does not know is refused beside all that it knows, for the hint.
  const asked =
    given.length < Object.keys(sources.given).length ? task : { ...task, inputs: Object.fromEntries(given) };
  const read = await readInputs(asked, sources);
  const inputs: Record<string, InputValue> = { ...read.inputs };
  const absent: AbsentInput[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    if (Object.hasOwn(sources.given, name)) continue;
    try {
      const known = await readInputs({ ...task, inputs: { [name]: spec } }, { ...sources, given: {} });
      Object.assign(inputs, known.inputs);
    } catch (cause) {
      if (!(cause instanceof SwarmError)) throw cause;
      absent.push({ name, reason: cause.message });
    }
  }
  return { inputs, absent };
};
