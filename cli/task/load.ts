import { dirname, resolve } from "node:path";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { readInputs, type ReadStdin } from "./inputs.ts";
import { planOf } from "./plan.ts";
import { TaskProblems, unplaced } from "./problems.ts";
import type { TaskProblem } from "./problems.ts";
import { readTaskFile, type TaskSource } from "./read.ts";
import type { Task } from "./schema.ts";

/** Remembers by their text the tasks that were checked before and had nothing wrong, not even a warning. */
export type TaskCache = {
  /** `undefined` where the text is not known, or what is known of it was damaged. */
  readonly find: (text: string) => Task | undefined;
  readonly keep: (text: string, task: Task) => void;
};

export type LoadOptions = {
  /** Values of `--input NAME=VALUE`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: ReadStdin;
  /** Absent: every task is checked. */
  readonly cache?: TaskCache;
};

export type LoadedTask = {
  readonly plan: RunPlan;
  readonly warnings: readonly TaskProblem[];
  readonly source: TaskSource;
};

/** Reads a task file and its inputs. Throws `TaskProblems` with all that is wrong with the file, or `BAD_INPUT`. */
export const loadTask = async (
  path: string,
  { inputs, cwd, stdin, cache }: LoadOptions,
): Promise<LoadedTask> => {
  const absolute = resolve(cwd, path);
  const folder = dirname(absolute);
  const file = await readTaskFile(absolute);
  if ("message" in file) throw new TaskProblems([unplaced(path, file.message)]);
  const { text } = file;
  const { task, warnings } = await checkedTask(text, path, absolute, cache);
  const read = await readInputs(task, {
    given: inputs,
    cwd,
    folder,
    ...(stdin === undefined ? {} : { stdin }),
  });
  return {
    plan: planOf(task, read.inputs, folder),
    warnings: [...warnings, ...read.empty.map((name) => unplaced(path, `input "${name}" is empty`))],
    source: { name: task.name, path: absolute, text },
  };
};

/** What checks a task takes as long to load as a run takes to begin, so it is loaded for a text that is not known only. */
const checkedTask = async (
  text: string,
  path: string,
  absolute: string,
  cache: TaskCache | undefined,
): Promise<{ readonly task: Task; readonly warnings: readonly TaskProblem[] }> => {
  const known = cache?.find(text);
  if (known !== undefined) return { task: known, warnings: [] };
  const { checkText } = await import("./check-text.ts");
  const { problems, warnings, task } = await checkText(text, path, absolute);
  if (task === undefined) throw new TaskProblems(problems);
  if (warnings.length === 0) cache?.keep(text, task);
  return { task, warnings };
};
