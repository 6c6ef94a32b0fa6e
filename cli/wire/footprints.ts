import type { RunPlan } from "../../actors/workflow/plan.ts";
import { fittingOf, type WantedModel } from "../../inference/fitting.ts";
import { footprintOf } from "../../inference/footprint.ts";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import type { RunBasis } from "./basis.ts";
import { agentsOf, budgetBytes } from "./memory.ts";
import { askedModels } from "./secrets.ts";

/** Adds what each model takes of the memory, as its file says, and the batch with which most of them fit. */
export const withFootprints = (plan: RunPlan, models: RunBasis["models"]): RunBasis["models"] => {
  const wanted = wantedModels(plan, (name, file) => models[name]?.file ?? file);
  const pinned = Object.values(models).reduce((sum, { pinnedBytes = 0 }) => sum + pinnedBytes, 0);
  const { batch } = fittingOf(wanted, Math.max(0, budgetBytes(plan) - pinned));
  const sized = wanted.map(({ model, shape, context }) => [
    model,
    { ...models[model], footprint: footprintOf(shape, { context, batch }), batch },
  ]);
  return { ...models, ...Object.fromEntries(sized) };
};

/** The models that a plan may ask, that take of the memory that is shared, and whose file can be read. */
export const wantedModels = (
  plan: RunPlan,
  fileOf: (name: string, file: string) => string,
): readonly WantedModel[] => {
  const asked = askedModels(plan);
  return Object.entries(plan.models).flatMap(([model, spec]) => {
    if (spec.provider !== "llama" || !asked.has(model)) return [];
    const header = readGgufHeader(fileOf(model, spec.file));
    if (header.type !== "gguf") return [];
    return [{ model, shape: header.shape, context: spec.context, agents: agentsOf(plan, model) }];
  });
};
