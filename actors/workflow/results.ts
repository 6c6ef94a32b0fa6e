import type { Json } from "../../coordination/protocol/json.ts";
import type { PlanStep } from "./plan.ts";
import type { Results } from "./state.ts";

/** What the result of a step is to those who take only its output. */
export const outputOf = (result: Json): Json =>
  typeof result === "object" && result !== null && "output" in result ? (result.output ?? null) : null;

/** Results of the branches of a parallel step, and of theirs, by their ids: they can be named from outside like any other step. */
export const branchResults = (step: PlanStep, result: Json): Results => {
  if (step.type !== "parallel") return {};
  if (typeof result !== "object" || result === null || !("steps" in result)) return {};
  const branches = result.steps as Results;
  const inner = step.steps.map((branch) => branchResults(branch, branches[branch.id] ?? null));
  return Object.assign({}, ...inner, branches) as Results;
};

export const mapValues = (record: Results, value: (item: Json) => Json): Results =>
  Object.fromEntries(Object.entries(record).map(([key, item]) => [key, value(item)]));
