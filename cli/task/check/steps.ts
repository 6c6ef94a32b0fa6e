import { MAX_EXPRESSION_CHARS } from "../../../actors/workflow/expression/parse.ts";
import type { StepDraft, TaskDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import type { Flaws } from "../flaws.ts";
import { listExpression } from "../list-template.ts";
import type { StepKind } from "../step-kinds.ts";
import { checkExpression, checkListExpression } from "./expressions.ts";
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
import { checkAsk, checkDecide } from "./questions.ts";
import type { StepCheck } from "./questions.ts";

/** Checks a sequence of steps; gives what may be named after it as well. */
export const checkSequence = (
  steps: readonly (StepDraft | undefined)[],
  path: TaskPath,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): { readonly findings: readonly Finding[]; readonly names: Names } => {
  const findings: Finding[] = [...duplicateIds(steps, path, taken), ...hostileIds(steps, path)];
  const ids = new Set([...taken, ...located(steps, path).flatMap(withBranches).flatMap(idOf)]);
  let visible = names;
  for (const place of located(steps, path)) {
    findings.push(...checkStep(place, visible, ids, check));
    visible = withResults(visible, withBranches(place), check.flaws);
  }
  return { findings, names: visible };
};

const idOf = ({ step }: Located): readonly string[] => (step?.id === undefined ? [] : [step.id]);

const withResults = (names: Names, places: readonly Located[], flaws: Flaws): Names => {
  const steps = new Map(names.steps);
  for (const place of places) {
    const [kind, second] = kindsOf(place, flaws);
    for (const id of idOf(place)) steps.set(id, second === undefined ? kind : undefined);
  }
  return { ...names, steps };
};

const duplicateIds = (
  steps: readonly (StepDraft | undefined)[],
  path: TaskPath,
  taken: ReadonlySet<string>,
): readonly Finding[] => {
  const seen = new Set(taken);
  return located(steps, path)
    .flatMap(withBranches)
    .flatMap((place) =>
      idOf(place).flatMap((id) => {
        const isNew = !seen.has(id);
        seen.add(id);
        return isNew
          ? []
          : [
              finding(
                [...place.path, "id"],
                `there is already a step "${id}"`,
                "ids must differ among neighbours and from the steps around them",
              ),
            ];
      }),
    );
};

/** The results of steps are the members of an object, and a member of this name is none. */
const hostileIds = (steps: readonly (StepDraft | undefined)[], path: TaskPath): readonly Finding[] =>
  located(steps, path)
    .flatMap(withBranches)
    .filter(({ step }) => step?.id === "__proto__")
    .map((place) => finding([...place.path, "id"], 'a step cannot be called "__proto__"'));

const checkStep = (
  place: Located,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): readonly Finding[] => {
  const { step, path } = place;
  if (step === undefined) return [];
  const kinds = kindsOf(place, check.flaws);
  const called = step.id === undefined ? "this step" : `step "${step.id}"`;
  const inside = [
    ...(typeof step.if !== "string" ? [] : checkExpression(step.if, [...path, "if"], names)),
    ...checkKind(step, path, names, taken, check),
  ];
  const [kind, second] = kinds;
  if (second !== undefined)
    return [
      ...inside,
      finding(
        [...path, second],
        `a step does one thing; ${called} has ${kinds.join(" and ")}`,
        undefined,
        "key",
      ),
    ];
  if (kind === undefined)
    return check.flaws.mayHideKind(path)
      ? inside
      : [
          ...inside,
          finding(path, `${called} does nothing`, "give it one of ask, decide, parallel, map and group"),
        ];
  return [...inside, ...strayKeys(step, path, kind, called, check.flaws)];
};

const strayKeys = (
  step: StepDraft,
  path: TaskPath,
  kind: StepKind,
  called: string,
  flaws: Flaws,
): readonly Finding[] => {
  if (kind === "ask")
    return step.prompt === undefined && !flaws.isBroken([...path, "prompt"])
      ? [finding([...path, "ask"], `${called} has no prompt`, "say what is asked: prompt: …", "key")]
      : [];
  const ofAsk = (["prompt", "options", "deadline"] as const).filter((key) => step[key] !== undefined);
  return [
    ...ofAsk.map((key) => {
      const hint =
        key === "deadline" && kind === "decide"
          ? "a round of voting has its own: decide: { deadline: … }; and so has each agent"
          : undefined;
      return finding([...path, key], `"${key}" belongs to \`ask\`, and ${called} is a ${kind}`, hint, "key");
    }),
    ...(step.priority === undefined || kind === "decide"
      ? []
      : [
          finding(
            [...path, "priority"],
            `"priority" belongs to \`ask\` and \`decide\`, and ${called} is a ${kind}`,
            "write it at the steps inside, or at an agent",
            "key",
          ),
        ]),
  ];
};

const checkKind = (
  step: StepDraft,
  path: TaskPath,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): readonly Finding[] => {
  if (step.decide !== undefined) return checkDecide(step.decide, [...path, "decide"], names, check);
  if (step.parallel !== undefined) {
    // Branches start together, so none sees another's result.
    return located(step.parallel, [...path, "parallel"]).flatMap((place) =>
      checkStep(place, names, taken, check),
    );
  }
  if (step.map !== undefined) return checkMap(step.map, [...path, "map"], names, taken, check);
  if (step.group !== undefined) return checkGroup(step.group, [...path, "group"], names, check.flaws);
  return checkAsk(step, path, names, check);
};

const checkMap = (
  map: NonNullable<StepDraft["map"]>,
  path: TaskPath,
  names: Names,
  taken: ReadonlySet<string>,
  check: StepCheck,
): readonly Finding[] => [
  ...checkList(map.over, [...path, "over"], names),
  ...checkVariable(map.as, [...path, "as"], names),
  ...checkSequence(map.do ?? [], [...path, "do"], withItem(names, map, path, check.flaws), taken, check)
    .findings,
];

const checkGroup = (
  group: NonNullable<StepDraft["group"]>,
  path: TaskPath,
  names: Names,
  flaws: Flaws,
): readonly Finding[] => {
  const inner = withItem(names, group, path, flaws);
  const ranking = withVariables(names, [["group", groupKeys]]);
  return [
    ...checkList(group.over, [...path, "over"], names),
    ...checkVariable(group.as, [...path, "as"], names),
    ...(["where", "by"] as const).flatMap((key) =>
      group[key] === undefined ? [] : checkExpression(group[key], [...path, key], inner),
    ),
    ...(group.order ?? []).flatMap((order, place) => {
      if (typeof order === "string") return checkExpression(order, [...path, "order", place], ranking);
      return order?.by === undefined
        ? []
        : checkExpression(order.by, [...path, "order", place, "by"], ranking);
    }),
  ];
};

/** The names inside a step that goes through a list. */
const withItem = (
  names: Names,
  { as }: { readonly as?: string | undefined },
  path: TaskPath,
  flaws: Flaws,
): Names => {
  const inner = withVariables(names, [
    [as ?? "item", undefined],
    ["index", undefined],
  ]);
  return flaws.isBroken([...path, "as"])
    ? { ...inner, hidden: new Set([...inner.hidden, "variables"]) }
    : inner;
};

const checkList = (
  over: string | readonly unknown[] | undefined,
  path: TaskPath,
  names: Names,
): readonly Finding[] => {
  if (over === undefined) return [];
  if (typeof over === "string") return checkListExpression(over, path, names);
  const length = listExpression(over.filter(isPlain)).length;
  if (length > MAX_EXPRESSION_CHARS)
    return [
      finding(
        path,
        `a list that is written out has at most ${MAX_EXPRESSION_CHARS} characters with its quotes and commas; this one has ${length}`,
        "put the items in a file, one a line, as an input of type file, and go over ${{ inputs.NAME.lines }}",
      ),
    ];
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

/** The schema tells of all else. */
const isPlain = (item: unknown): item is string | number | boolean | null =>
  item === null || typeof item === "string" || typeof item === "number" || typeof item === "boolean";

const checkVariable = (name: string | undefined, path: TaskPath, names: Names): readonly Finding[] => {
  if (name === undefined) return [];
  if (reservedNames.has(name))
    return [finding(path, `an item cannot be called "${name}": the name has a meaning of its own`)];
  return names.variables.has(name)
    ? [finding(path, `"${name}" is already the item of a map around this one`)]
    : [];
};

/** Ids of every step of a task. */
export const idsOf = (task: TaskDraft): ReadonlySet<string> =>
  new Set(allSteps(task.workflow ?? [], ["workflow"]).flatMap(idOf));
