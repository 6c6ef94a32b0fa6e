import { dirname, resolve } from "node:path";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { checkMeaning, warningsOf } from "./check/check.ts";
import { checkSecrets, secretsWritten } from "./check/secrets.ts";
import type { Finding } from "./finding.ts";
import { MAX_PROBLEMS } from "./limits.ts";
import { placeOf } from "./place.ts";
import { planOf } from "./plan.ts";
import { locatorOf, unplaced } from "./problems.ts";
import type { TaskProblem } from "./problems.ts";
import { readTaskFile, type TaskSource } from "./read.ts";
import type { Task } from "./schema.ts";
import { shape } from "./shape.ts";
import { readYaml } from "./yaml.ts";
import type { YamlTree } from "./yaml.ts";
import type { Span } from "./syntax-flaw.ts";

export type CheckedTask = {
  readonly problems: readonly TaskProblem[];
  readonly warnings: readonly TaskProblem[];
  /** Present if there are no problems. */
  readonly task?: Task;
  readonly source?: TaskSource;
  /** What would run, without the inputs. */
  readonly plan?: RunPlan;
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
  const { tree, flaws } = readYaml(text);
  const secrets = tree === undefined ? [] : secretsIn(tree);
  const place = placer(text, file, secrets);
  const flawed = flaws.map((flaw) => place(flaw, flaw));
  if (tree === undefined) return { problems: flawed.toSorted(byPlace).slice(0, MAX_PROBLEMS), warnings: [] };
  const { task, findings, warnings } = await checkValues(tree.value);
  const placed = findings.flatMap((one) => {
    const at = placeOf(text, tree, one);
    return tree.holes.some((hole) => isWithin(at, hole)) ? [] : [place(one, at)];
  });
  const problems = withoutDoubles([...flawed, ...placed].toSorted(byPlace)).slice(0, MAX_PROBLEMS);
  if (task === undefined || problems.length > 0) return { problems, warnings: [] };
  return {
    problems,
    warnings: warnings.map((one) => place(one, placeOf(text, tree, one))).toSorted(byPlace),
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

const secretsIn = ({ value, dropped }: YamlTree): readonly string[] => [
  ...secretsWritten(value),
  ...dropped.flatMap(({ text, path }) => secretsWritten(text, path)),
];

const placer = (text: string, file: string, secrets: readonly string[]) => {
  // As long as it was, so that places stay; before the line is cut, so that no half of it is left.
  const mask = (words: string) =>
    secrets.reduce((masked, secret) => masked.replaceAll(secret, "*".repeat(secret.length)), words);
  const locate = locatorOf(mask(text));
  return ({ message, hint }: Pick<Finding, "message" | "hint">, at: Span): TaskProblem => ({
    file,
    ...locate(at),
    message: mask(message),
    ...(hint === undefined ? {} : { hint }),
  });
};

const isWithin = (inner: Span, outer: Span): boolean =>
  inner.offset >= outer.offset && inner.offset < outer.offset + outer.length;

/** Through an alias, one mistake is found in several places of the task. */
const withoutDoubles = (sorted: readonly TaskProblem[]): readonly TaskProblem[] =>
  sorted.filter((one, index) => {
    const before = sorted[index - 1];
    return before === undefined || byPlace(before, one) !== 0 || before.message !== one.message;
  });

const byPlace = (a: TaskProblem, b: TaskProblem): number => a.line - b.line || a.column - b.column;
