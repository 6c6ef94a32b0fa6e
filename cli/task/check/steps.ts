import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { suggest } from "../nearest.ts";
import type { Task } from "../schema.ts";
import type { TaskStep } from "../schema-steps.ts";
import { checkExpression, checkTemplate } from "./expressions.ts";
import {
  allSteps,
  groupKeys,
  kindsOf,
  located,
  reservedNames,
  withBranches,
  withVariables,
} from "./names.ts";
import type { Located, Names } from "./names.ts";
import { labelFlaw, voterOf } from "./team.ts";

export type StepCheck = {
  readonly task: Task;
  /** Paths of steps that already have a finding about a key, so that a kind may be missing for that reason. */
  readonly excused: (path: TaskPath) => boolean;
};

/** Checks a sequence of steps; gives what may be named after it as well. */
export const checkSequence = (
  steps: readonly TaskStep[],
  path: TaskPath,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): { readonly findings: readonly Finding[]; readonly names: Names } => {
  const findings: Finding[] = [...duplicateIds(steps, path, taken)];
  const ids = new Set([
    ...taken,
    ...located(steps, path)
      .flatMap(withBranches)
      .map(({ step }) => step.id),
  ]);
  let visible = names;
  for (const place of located(steps, path)) {
    findings.push(...checkStep(place, visible, ids, check));
    visible = withResults(visible, withBranches(place));
  }
  return { findings, names: visible };
};

const withResults = (names: Names, places: readonly Located[]): Names => {
  const steps = new Map(names.steps);
  for (const { step } of places) {
    const kind = kindsOf(step)[0];
    if (kind !== undefined) steps.set(step.id, kind);
  }
  return { ...names, steps };
};

const duplicateIds = (
  steps: readonly TaskStep[],
  path: TaskPath,
  taken: ReadonlySet<string>,
): readonly Finding[] => {
  const seen = new Set(taken);
  return located(steps, path)
    .flatMap(withBranches)
    .flatMap(({ step, path: at }) => {
      const isNew = !seen.has(step.id);
      seen.add(step.id);
      return isNew
        ? []
        : [
            finding(
              [...at, "id"],
              `there is already a step "${step.id}"`,
              "ids must differ among neighbours and from the steps around them",
            ),
          ];
    });
};

const checkStep = (
  { step, path }: Located,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): readonly Finding[] => {
  const kinds = kindsOf(step);
  const condition = step.if === undefined ? [] : checkExpression(step.if, [...path, "if"], names);
  if (kinds.length > 1)
    return [
      ...condition,
      finding(
        [...path, kinds[1] ?? ""],
        `a step does one thing; step "${step.id}" has ${kinds.join(" and ")}`,
        undefined,
        "key",
      ),
    ];
  if (kinds.length === 0)
    return check.excused(path)
      ? condition
      : [
          ...condition,
          finding(
            path,
            `step "${step.id}" does nothing`,
            "give it one of ask, decide, parallel, map and group",
          ),
        ];
  return [...condition, ...strayKeys(step, path), ...checkKind(step, path, names, taken, check)];
};

const strayKeys = (step: TaskStep, path: TaskPath): readonly Finding[] => {
  if (step.ask !== undefined)
    return step.prompt === undefined
      ? [finding([...path, "ask"], `step "${step.id}" has no prompt`, "say what is asked: prompt: …", "key")]
      : [];
  const stray = (["prompt", "options"] as const).filter((key) => step[key] !== undefined);
  return stray.map((key) =>
    finding(
      [...path, key],
      `"${key}" belongs to \`ask\`, and step "${step.id}" is a ${kindsOf(step)[0]}`,
      undefined,
      "key",
    ),
  );
};

const checkKind = (
  step: TaskStep,
  path: TaskPath,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): readonly Finding[] => {
  if (step.ask !== undefined) return checkAsk(step, step.ask, path, names, check.task);
  if (step.decide !== undefined) return checkDecide(step.decide, [...path, "decide"], names, check.task);
  if (step.parallel !== undefined) {
    // Branches start together, so none sees another's result.
    return located(step.parallel, [...path, "parallel"]).flatMap((place) =>
      checkStep(place, names, taken, check),
    );
  }
  if (step.map !== undefined) return checkMap(step.map, [...path, "map"], names, taken, check);
  return step.group === undefined ? [] : checkGroup(step.group, [...path, "group"], names);
};

const checkAsk = (
  step: TaskStep,
  ask: string,
  path: TaskPath,
  names: Names,
  task: Task,
): readonly Finding[] => {
  const findings = [
    ...checkTemplate(ask, [...path, "ask"], names),
    ...checkTemplate(step.prompt ?? "", [...path, "prompt"], names),
  ];
  findings.push(...repeated(step.options ?? [], [...path, "options"], "option"));
  if (ask.includes("${{")) return findings;
  if (!Object.hasOwn(task.agents, ask)) return [...findings, unknownAgent(ask, [...path, "ask"], task)];
  return [
    ...findings,
    ...checkLabels(
      ask,
      step.options,
      step.options === undefined ? [...path, "ask"] : [...path, "options"],
      task,
    ),
  ];
};

const checkDecide = (
  decide: NonNullable<TaskStep["decide"]>,
  path: TaskPath,
  names: Names,
  task: Task,
): readonly Finding[] => [
  ...(["question", "evidence", "domain"] as const).flatMap((key) =>
    checkTemplate(decide[key] ?? "", [...path, key], names),
  ),
  ...repeated(decide.options, [...path, "options"], "option"),
  ...repeated(decide.voters, [...path, "voters"], "voter"),
  ...decide.voters.flatMap((voter, place) =>
    Object.hasOwn(task.agents, voter) ? [] : [unknownAgent(voter, [...path, "voters", place], task)],
  ),
  // What one voter cannot label, the others of its kind cannot either: said once.
  ...decide.voters
    .flatMap((voter) => checkLabels(voter, decide.options, [...path, "options"], task))
    .slice(0, 1),
];

const checkMap = (
  map: NonNullable<TaskStep["map"]>,
  path: TaskPath,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): readonly Finding[] => {
  const item = map.as ?? "item";
  const inner = withVariables(names, [
    [item, undefined],
    ["index", undefined],
  ]);
  return [
    ...checkList(map.over, [...path, "over"], names),
    ...checkVariable(map.as, [...path, "as"], names),
    ...checkSequence(map.do, [...path, "do"], inner, taken, check).findings,
  ];
};

const checkGroup = (
  group: NonNullable<TaskStep["group"]>,
  path: TaskPath,
  names: Names,
): readonly Finding[] => {
  const inner = withVariables(names, [
    [group.as ?? "item", undefined],
    ["index", undefined],
  ]);
  const ranking = withVariables(names, [["group", groupKeys]]);
  return [
    ...checkList(group.over, [...path, "over"], names),
    ...checkVariable(group.as, [...path, "as"], names),
    ...(group.where === undefined ? [] : checkExpression(group.where, [...path, "where"], inner)),
    ...checkExpression(group.by, [...path, "by"], inner),
    ...(group.order ?? []).flatMap((order, place) =>
      typeof order === "string"
        ? checkExpression(order, [...path, "order", place], ranking)
        : checkExpression(order.by, [...path, "order", place, "by"], ranking),
    ),
  ];
};

const checkList = (over: string | readonly unknown[], path: TaskPath, names: Names): readonly Finding[] => {
  if (typeof over === "string") return checkExpression(over, path, names);
  return over.flatMap((item, place) =>
    typeof item === "string" && item.includes("${{")
      ? [
          finding(
            [...path, place],
            "the items of a list that is written out are plain",
            "write the whole list as one expression: ${{ [a, b] }}",
          ),
        ]
      : [],
  );
};

const checkVariable = (name: string | undefined, path: TaskPath, names: Names): readonly Finding[] => {
  if (name === undefined) return [];
  if (reservedNames.has(name))
    return [finding(path, `an item cannot be called "${name}": the name has a meaning of its own`)];
  return names.variables.has(name)
    ? [finding(path, `"${name}" is already the item of a map around this one`)]
    : [];
};

const repeated = (words: readonly string[], path: TaskPath, what: string): readonly Finding[] =>
  words.flatMap((word, place) =>
    words.indexOf(word) < place ? [finding([...path, place], `the ${what} "${word}" is there twice`)] : [],
  );

const unknownAgent = (name: string, path: TaskPath, task: Task): Finding =>
  finding(path, `there is no agent "${name}"`, suggest(name, Object.keys(task.agents)));

const checkLabels = (
  agent: string,
  options: readonly string[] | undefined,
  path: TaskPath,
  task: Task,
): readonly Finding[] => {
  const voter = voterOf(agent, task);
  const flaw = voter === undefined ? undefined : labelFlaw(agent, voter, options);
  return flaw === undefined ? [] : [finding(path, flaw.message, flaw.hint)];
};

/** Ids of every step of a task. */
export const idsOf = (task: Task): ReadonlySet<string> =>
  new Set(allSteps(task.workflow, ["workflow"]).map(({ step }) => step.id));
