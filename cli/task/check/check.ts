import type { TaskDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { flawsOf } from "../flaws.ts";
import { markdownOf } from "../markdown.ts";
import type { Task } from "../schema.ts";
import { checkMarkdown, checkValue } from "./expressions.ts";
import { allSteps, runVariables } from "./names.ts";
import type { Names } from "./names.ts";
import { limitsOfNothing } from "./nothing.ts";
import { checkSequence, idsOf } from "./steps.ts";
import { neverSettles } from "./settles.ts";
import { checkTeam } from "./team.ts";

/** The second pass: what the shape cannot say. `earlier` are the findings of the first, and none of them is said again. */
export const checkMeaning = (task: TaskDraft, earlier: readonly Finding[]): readonly Finding[] => {
  const flaws = flawsOf(earlier);
  const names: Names = {
    inputs: new Map(Object.entries(task.inputs ?? {}).map(([name, input]) => [name, input?.type])),
    steps: new Map(),
    elsewhere: idsOf(task),
    variables: runVariables,
    hidden: new Set([
      ...(flaws.isBroken(["inputs"]) ? (["inputs"] as const) : []),
      ...(flaws.hidesStep ? (["steps"] as const) : []),
    ]),
  };
  const workflow = checkSequence(task.workflow ?? [], ["workflow"], names, new Set(), { task, flaws });
  const outputs = Object.entries(task.outputs ?? {}).flatMap(([name, output]) => {
    const template = markdownOf(output);
    return template === undefined
      ? checkValue(output, ["outputs", name], workflow.names)
      : checkMarkdown(template, ["outputs", name, "markdown"], workflow.names);
  });
  return [...checkTeam(task, flaws), ...workflow.findings, ...outputs].filter(
    ({ path }) => !flaws.isBroken(path),
  );
};

/** What is allowed, and most likely not meant. */
export const warningsOf = (task: Task): readonly Finding[] => {
  const places = allSteps(task.workflow, ["workflow"]);
  const steps = places.map(({ step }) => step);
  const named = new Set(
    steps.flatMap((step) => [
      ...(step?.decide?.voters ?? []),
      ...(step?.decide?.judge === undefined ? [] : [step.decide.judge]),
      ...(step?.ask === undefined ? [] : [step.ask]),
    ]),
  );
  const unknown = steps.some((step) => step?.ask?.includes("${{") === true);
  const idle = unknown ? [] : Object.keys(task.agents).filter((name) => !named.has(name));
  return [
    ...idle.map((name) => finding(["agents", name], `agent "${name}" has nothing to do`, undefined, "key")),
    ...places.flatMap(({ step, path }) =>
      step?.decide === undefined ? [] : neverSettles(step.decide, [...path, "decide", "voters"], task),
    ),
    ...limitsOfNothing(task.resources?.budget, ["resources", "budget"]),
    ...Object.entries(task.models ?? {}).flatMap(([name, model]) => limitsOfNothing(model, ["models", name])),
    ...Object.entries(task.agents).flatMap(([name, agent]) => limitsOfNothing(agent, ["agents", name])),
    ...places.flatMap(({ step, path }) => [
      ...limitsOfNothing(step, path),
      ...limitsOfNothing(step?.decide, [...path, "decide"]),
      ...limitsOfNothing(step?.decide?.truth, [...path, "decide", "truth"]),
    ]),
  ];
};
