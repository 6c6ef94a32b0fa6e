import { createReadStream, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { checkMeaning, warningsOf } from "./check/check.ts";
import { checkSecrets, secretsWritten } from "./check/secrets.ts";
import type { Finding } from "./finding.ts";
import { readInputs, reasonOf } from "./inputs.ts";
import { MAX_PROBLEMS, MAX_TASK_BYTES } from "./limits.ts";
import { placeOf } from "./place.ts";
import { planOf } from "./plan.ts";
import { TaskProblems, locatorOf } from "./problems.ts";
import type { TaskProblem } from "./problems.ts";
import type { Task } from "./schema.ts";
import { shape } from "./shape.ts";
import { decodeText } from "./text.ts";
import { readYaml } from "./yaml.ts";
import type { YamlTree } from "./yaml.ts";

/** A task file as it was read; the run keeps name, path and text. */
export type TaskSource = { readonly name: string; readonly path: string; readonly text: string };

export type CheckedTask = {
  readonly problems: readonly TaskProblem[];
  readonly warnings: readonly TaskProblem[];
  /** Present if there are no problems. */
  readonly task?: Task;
  readonly source?: TaskSource;
  /** What would run, without the inputs. */
  readonly plan?: RunPlan;
};

export type LoadOptions = {
  /** Values of `--input NAME=VALUE`. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: () => Promise<string>;
};

export type LoadedTask = {
  readonly plan: RunPlan;
  readonly warnings: readonly TaskProblem[];
  readonly source: TaskSource;
};

/** Reads a task file and its inputs. Throws `TaskProblems` with all that is wrong with the file, or `BAD_INPUT`. */
export const loadTask = async (path: string, { inputs, cwd, stdin }: LoadOptions): Promise<LoadedTask> => {
  const { problems, warnings, task, source } = await checkTask(path, { cwd });
  if (task === undefined || source === undefined) throw new TaskProblems(problems);
  const folder = dirname(source.path);
  const read = await readInputs(task, {
    given: inputs,
    cwd,
    folder,
    ...(stdin === undefined ? {} : { stdin }),
  });
  const plan = planOf(task, read.inputs, folder);
  return {
    plan,
    warnings: [...warnings, ...read.empty.map((name) => unplaced(path, `input "${name}" is empty`))],
    source,
  };
};

/** Reads and checks a task file; its inputs are not touched. */
export const checkTask = async (path: string, { cwd }: { readonly cwd: string }): Promise<CheckedTask> => {
  const absolute = resolve(cwd, path);
  const read = await readTaskFile(absolute);
  if ("message" in read) return { problems: [unplaced(path, read.message)], warnings: [] };
  return checkText(read.text, path, absolute);
};

/** Checks the text of a task file. `file` is how problems name it, `path` where its own paths resolve from. */
export const checkText = async (text: string, file: string, path: string): Promise<CheckedTask> => {
  const locate = locatorOf(text);
  const { tree, flaws } = readYaml(text);
  if (tree === undefined) {
    return {
      problems: flaws.map(({ message, hint, ...at }) => ({
        file,
        ...locate(at),
        message,
        ...(hint === undefined ? {} : { hint }),
      })),
      warnings: [],
    };
  }
  const { task, findings, warnings } = await checkValues(tree.value);
  const place = placer(text, file, tree);
  const problems = findings.map(place).toSorted(byPlace).slice(0, MAX_PROBLEMS);
  if (task === undefined || problems.length > 0) return { problems, warnings: [] };
  return {
    problems,
    warnings: warnings.map(place).toSorted(byPlace),
    task,
    source: { name: task.name, path, text },
    plan: planOf(task, {}, dirname(path)),
  };
};

/** All checks of a task as plain data. */
export const checkValues = async (
  value: unknown,
): Promise<{
  readonly task?: Task;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}> => {
  const { task, draft, findings, asWritten } = await shape(value);
  const placed = (found: readonly Finding[]): readonly Finding[] =>
    found.map((one) => ({ ...one, path: asWritten(one.path) }));
  const all = [...placed([...findings, ...checkMeaning(draft, findings)]), ...checkSecrets(value, [])];
  // Beside an error, a warning mostly says what follows from it: an agent is idle because a step misspells it.
  if (task === undefined || all.length > 0) return { findings: all, warnings: [] };
  return { task, findings: all, warnings: warningsOf(task) };
};

const placer = (text: string, file: string, tree: YamlTree) => {
  const secrets = secretsWritten(tree.value);
  // As long as it was, so that places stay; before the line is cut, so that no half of it is left.
  const mask = (words: string) =>
    secrets.reduce((masked, secret) => masked.replaceAll(secret, "*".repeat(secret.length)), words);
  const locate = locatorOf(mask(text));
  return (found: Finding): TaskProblem => ({
    file,
    ...locate(placeOf(text, tree, found)),
    message: mask(found.message),
    ...(found.hint === undefined ? {} : { hint: found.hint }),
  });
};

const byPlace = (a: TaskProblem, b: TaskProblem): number => a.line - b.line || a.column - b.column;

const unplaced = (file: string, message: string): TaskProblem => ({
  file,
  line: 1,
  column: 1,
  message,
  frame: "",
});

const readTaskFile = async (
  path: string,
): Promise<{ readonly text: string } | { readonly message: string }> => {
  try {
    const facts = statSync(path);
    if (facts.isDirectory()) return { message: "this is a folder; name the task file in it" };
    if (facts.size > MAX_TASK_BYTES) return tooLarge;
    return textOf(facts.isFile() ? readFileSync(path) : await readStream(path));
  } catch (cause) {
    return { message: `cannot read the task file: ${reasonOf(cause)}` };
  }
};

/** Pipes and devices, which may let their reader wait, and may never end. */
const readStream = async (path: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_TASK_BYTES) break;
  }
  return Buffer.concat(chunks);
};

const tooLarge = { message: `a task file has at most ${MAX_TASK_BYTES / 1024 ** 2} MiB` };

const textOf = (bytes: Uint8Array): { readonly text: string } | { readonly message: string } => {
  if (bytes.length > MAX_TASK_BYTES) return tooLarge;
  const decoded = decodeText(bytes);
  if (decoded.type === "binary" || decoded.text.includes("\ufffd")) {
    return { message: `this is no text in UTF-8${decoded.type === "binary" ? `: ${decoded.reason}` : ""}` };
  }
  if (decoded.text.trim() === "")
    return { message: "the task file is empty; `swarm init` writes one to start from" };
  return decoded;
};
