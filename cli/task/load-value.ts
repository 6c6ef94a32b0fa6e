import { join } from "node:path";
import type { z } from "zod";
import { checkText, checkValues, type CheckedTask } from "./check-text.ts";
import { isDeeperThan } from "./depth.ts";
import { readInputs } from "./inputs.ts";
import { MAX_PROBLEMS, MAX_YAML_DEPTH } from "./limits.ts";
import type { LoadedTask, LoadOptions, TaskCache } from "./load.ts";
import { notJson } from "./not-json.ts";
import { planOf } from "./plan.ts";
import { TaskProblems, unplaced } from "./problems.ts";
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

/** In a text of so few characters there cannot be too many YAML tokens. */
const jsonAtMostChars = 32_768;

/** What a YAML parser may take in another way than JSON does, or refuse. */
const notJustJson = /"(?:__proto__|constructor|prototype)"|\\u/;

/**
 * Most tasks in code have nothing wrong, and then nobody asks where in their text. For those, this is many times quicker
 * than to parse the text as YAML. `undefined`: it must be read as a file is.
 */
const checkAsJson = async (
  text: string,
  path: string,
  cache: TaskCache | undefined,
): Promise<Pick<CheckedTask, "problems" | "task" | "source"> | undefined> => {
  const known = cache?.find(text);
  if (known !== undefined) return { problems: [], task: known, source: { name: known.name, path, text } };
  if (text.length > jsonAtMostChars || notJustJson.test(text)) return undefined;
  const value: unknown = JSON.parse(text);
  if (isDeeperThan(value, MAX_YAML_DEPTH)) return undefined;
  const { task, findings, warnings } = await checkValues(value);
  if (task === undefined || findings.length > 0) return undefined;
  if (warnings.length === 0) cache?.keep(text, task);
  return { problems: [], task, source: { name: task.name, path, text } };
};

/**
 * Checks a task written in code and reads its inputs, as `loadTask` does with a file. Its paths resolve from `cwd`.
 * Throws `TaskProblems`, placed in the task's JSON (what JSON cannot hold is named by its path), or `BAD_INPUT`.
 */
export const loadDefinition = async (
  definition: TaskDefinition,
  { inputs, cwd, stdin, cache }: LoadOptions,
): Promise<Pick<LoadedTask, "plan" | "source">> => {
  const lost = notJson(definition).slice(0, MAX_PROBLEMS);
  if (lost.length > 0)
    throw new TaskProblems(lost.map((flaw) => unplaced(inCode, `${flaw}: a task in code is plain JSON`)));
  const text = JSON.stringify(definition, null, 2);
  const path = join(cwd, inCode);
  const { problems, task, source } =
    (await checkAsJson(text, path, cache)) ?? (await checkText(text, inCode, path));
  if (task === undefined || source === undefined) throw new TaskProblems(problems);
  const read = await readInputs(task, {
    given: inputs,
    cwd,
    folder: cwd,
    ...(stdin === undefined ? {} : { stdin }),
  });
  return { plan: planOf(task, read.inputs, cwd), source };
};
