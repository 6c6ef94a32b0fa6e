import type { RunPlan } from "../../actors/workflow/plan.ts";
import { fittingOf, type WantedModel } from "../../inference/fitting.ts";
import { footprintOf } from "../../inference/footprint.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import type { RunBasis } from "./basis.ts";
import { agentsOf, budgetBytes } from "./memory.ts";

/** Adds what each model takes of the memory, as its file says, and the batch with which most of them fit. */
export const withFootprints = (plan: RunPlan, models: RunBasis["models"]): RunBasis["models"] => {
  const wanted = wantedModels(plan, (name, file) => models[name]?.file ?? file);
  const { batch } = fittingOf(wanted, budgetBytes(plan));
  const sized = wanted.map(({ model, shape, context }) => [
    model,
    { ...models[model], footprint: footprintOf(shape, { context, batch }), batch },
  ]);
  return { ...models, ...Object.fromEntries(sized) };
};

/** The models of a plan that take of the memory that is shared, and whose file can be read. */
export const wantedModels = (
  plan: RunPlan,
  fileOf: (name: string, file: string) => string,
): readonly WantedModel[] =>
  Object.entries(plan.models).flatMap(([model, spec]) => {
    if (spec.provider !== "llama") return [];
    const header = readGgufHeader(fileOf(model, spec.file));
    if (header.type !== "gguf") return [];
    return [{ model, shape: header.shape, context: spec.context, agents: agentsOf(plan, model) }];
  });
