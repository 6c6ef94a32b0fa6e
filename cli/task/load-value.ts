import { join } from "node:path";
import type { z } from "zod";
import { readInputs } from "./inputs.ts";
import { checkText, type LoadedTask, type LoadOptions } from "./load.ts";
import { planOf } from "./plan.ts";
import { TaskProblems } from "./problems.ts";
import type { Task } from "./schema.ts";

/** A task as it is written in code: what a task file holds, as an object. */
export type TaskDefinition = Frozen<z.input<typeof Task>>;

/** The same data, nothing of it to be written to. */
type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value;

/** The name that problems give to a task that has no file. */
const inCode = "task in code";

/**
 * Checks a task written in code and reads its inputs, as `loadTask` does with a file. Its paths resolve from `cwd`.
 * Throws `TaskProblems`, placed in the task's JSON, or `BAD_INPUT`.
 */
export const loadDefinition = async (
  definition: TaskDefinition,
  { inputs, cwd, stdin }: LoadOptions,
): Promise<LoadedTask> => {
  const text = JSON.stringify(definition, null, 2);
  const { problems, warnings, task, source } = await checkText(text, inCode, join(cwd, inCode));
  if (task === undefined || source === undefined) throw new TaskProblems(problems);
  const read = await readInputs(task, {
    given: inputs,
    cwd,
    folder: cwd,
    ...(stdin === undefined ? {} : { stdin }),
  });
  return { plan: planOf(task, read.inputs, cwd), warnings, source };
};
