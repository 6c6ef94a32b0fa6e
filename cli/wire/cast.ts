import { agentMachine } from "../../actors/agent/machine.ts";
import type { Persona } from "../../actors/agent/prompt.ts";
import { chartBehaviour, stepBehaviour, type Behaviour } from "../../actors/runtime/cell.ts";
import type { Cast } from "../../actors/runtime/roster.ts";
import { workflowMachine } from "../../actors/workflow/machine.ts";
import { decisionsStep, initialDecisions } from "../../coordination/decisions.ts";
import { agentName, decisionsActor, schedulerActor, workflowActor } from "../../coordination/protocol/ids.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import type { AgentSpec, ModelSpec, RemoteSpec, RunPlan } from "../../actors/workflow/plan.ts";
import type { ModelConfig, SchedulerConfig } from "../../inference/scheduling/config.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import { emptyScheduler } from "../../inference/scheduling/state.ts";
import type { ModelIdentity, RunBasis } from "./basis.ts";
import { budgetBytes } from "./memory.ts";

/** How many calls of one model may be in flight. Part of what a replay repeats: change it with the plan's version. */
export const callsAtOnce: Readonly<Record<Exclude<ModelSpec["provider"], RemoteSpec["provider"]>, number>> = {
  voter: 16,
  llama: 4,
  scripted: 64,
};

/**
 * Who plays which part in a run. Everything follows from the run's header, so that a resume, a replay and the first
 * process have the same actors.
 */
export const castOf = ({ run, plan, models, trust }: RunBasis, charts: AgentCharts = agentCharts()): Cast => {
  const modelKeys = Object.fromEntries(Object.entries(models).map(([name, { digest }]) => [name, digest]));
  const workflow = chartBehaviour(workflowMachine({ run, plan, modelKeys }));
  const scheduling = schedulingOf({ plan, models });
  const scheduler = stepBehaviour(schedulerStep(scheduling), emptyScheduler(scheduling));
  const decisions = stepBehaviour(decisionsStep(trust), initialDecisions);
  return (actor) => {
    if (actor === workflowActor) return workflow;
    if (actor === schedulerActor) return scheduler;
    if (actor === decisionsActor) return decisions;
    const name = agentName(actor);
    if (name === undefined || !Object.hasOwn(plan.agents, name)) return undefined;
    const persona = plan.agents[name];
    return persona === undefined ? undefined : charts(personaOf(persona, plan.models));
  };
};

const personaOf = (agent: AgentSpec, models: RunPlan["models"]): Persona => {
  const sampled = [agent.model, ...(agent.fallback ?? [])].flatMap((name): [string, number][] => {
    const times = samplesOf(models[name]);
    return times > 1 ? [[name, times]] : [];
  });
  return sampled.length === 0 ? agent : { ...agent, samples: Object.fromEntries(sampled) };
};

/** How many times a model is asked for one choice. */
export const samplesOf = (spec: ModelSpec | undefined): number =>
  spec?.provider === "openai-compatible" ? (spec.samples ?? 1) : 1;

/** How agents behave. All of a persona behave alike, in one run or in a thousand, and a statechart is costly to make. */
export type AgentCharts = (persona: Persona) => Behaviour;

/** Keeps the charts of so many personas. */
const chartsKept = 256;

export const agentCharts = (): AgentCharts => {
  const kept = new Map<string, Behaviour>();
  return (persona) => {
    const key = canonical(persona);
    let chart = kept.get(key);
    if (chart === undefined) {
      if (kept.size >= chartsKept) kept.clear();
      kept.set(key, (chart = chartBehaviour(agentMachine(persona))));
    }
    return chart;
  };
};

/** Calls of one model that a context is made for at most, however many agents use it. */
const MOST_SEQUENCES = 16;

export const schedulingOf = ({ plan, models }: Pick<RunBasis, "plan" | "models">): SchedulerConfig => ({
  models: Object.fromEntries(
    Object.entries(plan.models).map(([name, spec]) => [
      name,
      spec.provider === "openai-compatible" ? remote(spec) : local(plan, name, spec, models[name] ?? {}),
    ]),
  ),
  budget: plan.budget,
  memoryBytes: budgetBytes(plan),
  policy: { type: plan.scheduler ?? "fair" },
  weights: Object.fromEntries(
    Object.values(plan.agents).flatMap(({ name, share }) => (share === undefined ? [] : [[name, share]])),
  ),
  recallTokens: Object.fromEntries(
    Object.values(plan.agents).flatMap(({ name, recallTokens }) =>
      recallTokens === undefined ? [] : [[name, recallTokens]],
    ),
  ),
});

const remote = ({ price, limits }: RemoteSpec): ModelConfig => ({
  concurrency: limits.concurrency,
  ...(price ? { price } : {}),
  tries: limits.retries + 1,
});

const local = (
  plan: RunPlan,
  name: string,
  { provider }: Exclude<ModelSpec, RemoteSpec>,
  { footprint, pinnedBytes }: Pick<ModelIdentity, "footprint" | "pinnedBytes">,
): ModelConfig => {
  const concurrency = callsAtOnce[provider];
  if (footprint === undefined) return { concurrency, ...(pinnedBytes === undefined ? {} : { pinnedBytes }) };
  const agents = Object.values(plan.agents).filter(({ model }) => model === name).length;
  return {
    concurrency: Math.max(concurrency, Math.min(agents, MOST_SEQUENCES)),
    agents,
    footprint,
    pausable: true,
  };
};
