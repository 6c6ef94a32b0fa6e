import type { StepDraft } from "../draft.ts";
import type { TaskPath } from "../finding.ts";
import type { Flaws } from "../flaws.ts";
import type { Task } from "../schema.ts";
import { stepKinds } from "../step-kinds.ts";
import type { StepKind } from "../step-kinds.ts";

/** What the expressions at one place of a task may name. */
export type Names = {
  readonly inputs: ReadonlyMap<string, NonNullable<Task["inputs"]>[string]["type"] | undefined>;
  /** Steps whose results are there, with their kind where it is known. */
  readonly steps: ReadonlyMap<string, StepKind | undefined>;
  /** Steps that exist, but later or inside another one. */
  readonly elsewhere: ReadonlySet<string>;
  /** Everything else that stands at the start of a path, with the members that it has where they are known. */
  readonly variables: ReadonlyMap<string, readonly string[] | undefined>;
  /** Of these some are hidden by a reported error, so a name that is not known may be one of them. */
  readonly hidden: ReadonlySet<"inputs" | "steps" | "variables">;
};

/** Members of the result of each kind of step. */
export const resultKeys: Readonly<Record<StepKind, readonly string[]>> = {
  ask: ["output", "text", "choice", "confidence"],
  decide: [
    "output",
    "winner",
    "settled",
    "recommendation",
    "reason",
    "share",
    "confidence",
    "calibrated",
    "effectiveVoters",
    "rounds",
    "ruling",
    "ballots",
    "dissent",
    "tally",
    "truth",
    "right",
    "term",
    "index",
    "leader",
  ],
  map: ["output", "items", "count"],
  group: ["output", "groups", "total"],
  parallel: ["output", "steps"],
};

export const groupKeys = ["key", "count", "items", "first", "last"] as const;
export const loopKeys = ["index", "first", "last", "length"] as const;

/** Names that a `map`, `group` or loop cannot give to its item. */
export const reservedNames: ReadonlySet<string> = new Set([
  "inputs",
  "steps",
  "run",
  "task",
  "index",
  "group",
  "loop",
  "true",
  "false",
  "null",
  "in",
]);

export const runVariables: Names["variables"] = new Map([
  ["run", ["id"]],
  ["task", ["name"]],
]);

export const withVariables = (
  names: Names,
  more: Iterable<readonly [string, readonly string[] | undefined]>,
): Names => ({
  ...names,
  variables: new Map([...names.variables, ...more]),
});

/** The kinds that a step claims to be: one, if it is right. A kind with an error in it is claimed all the same. */
export const kindsOf = ({ step, path }: Located, flaws: Flaws): readonly StepKind[] =>
  stepKinds.filter((kind) => step?.[kind] !== undefined || flaws.isBroken([...path, kind]));

/** A step and where it stands. It is `undefined` where something else stands in its place. */
export type Located = { readonly step: StepDraft | undefined; readonly path: TaskPath };

type StepDrafts = readonly (StepDraft | undefined)[];

export const located = (steps: StepDrafts, path: TaskPath): readonly Located[] =>
  steps.map((step, place) => ({ step, path: [...path, place] }));

/** A step with the branches that can be named beside it: those of a parallel step, in depth. */
export const withBranches = ({ step, path }: Located): readonly Located[] => [
  { step, path },
  ...located(step?.parallel ?? [], [...path, "parallel"]).flatMap(withBranches),
];

export const allSteps = (steps: StepDrafts, path: TaskPath): readonly Located[] =>
  located(steps, path).flatMap((place) => [
    place,
    ...allSteps(place.step?.parallel ?? [], [...place.path, "parallel"]),
    ...allSteps(place.step?.map?.do ?? [], [...place.path, "map", "do"]),
  ]);
