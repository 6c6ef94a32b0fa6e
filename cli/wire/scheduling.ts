import type { ModelSpec, RunPlan } from "../../actors/workflow/plan.ts";
import { usableBytes } from "../../inference/footprint.ts";
import type { ModelConfig, SchedulerConfig } from "../../inference/scheduling/config.ts";
import type { RunBasis } from "./basis.ts";

/** How many calls of one model may be in flight. Part of what a replay repeats: change it with the plan's version. */
export const callsAtOnce: Readonly<Record<ModelSpec["provider"], number>> = {
  voter: 16,
  llama: 4,
  scripted: 64,
};
/** Conversations of one model at once, where its agents are more than usual. */
const MOST_SEQUENCES = 16;
/** Memory that models share where a task says nothing: that of the GPUs that many people have. */
export const USUAL_MEMORY_BYTES = 8 * 1024 ** 3;

/** What the scheduler of a run is told; all of it stands in the run's header. */
export const schedulingOf = (plan: RunPlan, models: RunBasis["models"]): SchedulerConfig => ({
  models: Object.fromEntries(
    Object.entries(plan.models).map(([name, { provider }]) => [
      name,
      configOf(callsAtOnce[provider], agentsOf(plan, name), models[name]?.footprint),
    ]),
  ),
  budget: plan.budget,
  memoryBytes: budgetBytes(plan),
});

const configOf = (calls: number, agents: number, footprint: ModelConfig["footprint"]): ModelConfig =>
  footprint === undefined
    ? { concurrency: calls }
    : {
        concurrency: Math.min(MOST_SEQUENCES, Math.max(calls, agents)),
        agents,
        footprint,
        pausable: true,
      };

/** Bytes that all models of a plan may take together. */
export const budgetBytes = ({ memoryBytes }: Pick<RunPlan, "memoryBytes">): number =>
  usableBytes(memoryBytes ?? USUAL_MEMORY_BYTES);

/** How many agents use a model; at least one, for whoever is asked for by a template. */
export const agentsOf = ({ agents }: Pick<RunPlan, "agents">, model: string): number =>
  Math.max(1, Object.values(agents).filter((agent) => agent.model === model).length);
