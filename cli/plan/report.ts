import { outlineOf } from "../../actors/workflow/outline.ts";
import type { AgentSpec, InputValue, ModelSpec, PlanStep, RunPlan } from "../../actors/workflow/plan.ts";
import { inputScope } from "../../actors/workflow/scope.ts";
import type { Urgency } from "../../coordination/protocol/inference-messages.ts";
import { budgetLines, type BudgetLine } from "./budget-words.ts";
import type { Fitting } from "../../inference/fitting.ts";
import { memoryOf } from "./memory.ts";
import { askedAgents } from "./describe-step.ts";
import { estimateOf, type Count, type PlanEstimate } from "./estimate.ts";
import { modelSizes, type ModelSize } from "./model-sizes.ts";

/** All that `swarm plan` tells of a task; with `--json`, as it stands but for the estimate's map. */
export type PlanReport = {
  readonly name: string;
  readonly inputs: readonly InputLine[];
  readonly steps: readonly StepLine[];
  readonly agents: readonly AgentLine[];
  readonly models: readonly ModelSize[];
  /** What fits in the memory that models share; `null` where none takes of it. */
  readonly memory: Fitting | null;
  readonly estimate: {
    readonly calls: Count;
    readonly callsWithRetries: Count;
    readonly callsKnown: number;
    readonly tokens: Count;
    readonly isUpperBound: boolean;
  };
  readonly budget: readonly BudgetLine[];
  readonly outputs: readonly string[];
};

/** An input that the run will need, and why there is no value for it now. */
export type AbsentInput = { readonly name: string; readonly reason: string };
export type InputLine = {
  readonly name: string;
  readonly type: string;
  readonly source: string | null;
  readonly lines: number | null;
};
export type StepLine = {
  readonly address: string;
  readonly parent: string;
  readonly kind: string;
  readonly agents: readonly string[];
  readonly options: readonly string[] | null;
  readonly concurrency: number | null;
  /** Of its calls, where the step says so. */
  readonly priority: number | null;
  readonly deadlineMs: number | null;
  readonly items: Count;
  readonly calls: Count;
  /** Whether a condition may skip it. */
  readonly conditional: boolean;
};
export type AgentLine = {
  readonly agent: string;
  readonly role: string;
  readonly model: string;
  /** Asked in this order where the model fails. */
  readonly fallback: readonly string[];
  readonly provider: string;
  readonly domain: string | null;
  /** Of its calls, where the step says nothing. */
  readonly priority: number;
  readonly deadlineMs: number | null;
  /** Of each model, beside others who wait for it. */
  readonly share: number;
};

/** `root`: the folder that swarm is installed in. `downloads`: where models are that were downloaded. */
export const planReport = (
  plan: RunPlan,
  root: string,
  downloads: string,
): { readonly report: PlanReport; readonly estimate: PlanEstimate } => {
  const estimate = estimateOf(plan);
  const steps = stepLines(plan, estimate);
  const { calls, callsWithRetries, callsKnown, tokens } = estimate;
  const report = {
    name: plan.name,
    inputs: Object.entries(plan.inputs).map(([name, input]) => inputLine(name, input)),
    steps,
    agents: Object.values(plan.agents).map((agent) => agentLine(agent, plan.models)),
    models: modelSizes(plan.models, root, downloads),
    memory: memoryOf(plan, root, downloads),
    estimate: {
      calls,
      callsWithRetries,
      callsKnown,
      tokens,
      isUpperBound: steps.some(({ conditional }) => conditional),
    },
    budget: budgetLines(plan.budget, estimate),
    outputs: Object.keys(plan.outputs),
  };
  return { report, estimate };
};

const stepLines = (plan: RunPlan, estimate: PlanEstimate): readonly StepLine[] =>
  [...outlineOf(plan.steps).values()].map(({ address, step, parent }) => ({
    address,
    parent,
    kind: step.type,
    agents: askedAgents(step),
    options: step.type === "ask" || step.type === "decide" ? (step.options ?? null) : null,
    concurrency: step.type === "map" ? step.concurrency : null,
    ...urgencyAt(step),
    items: estimate.steps.get(address)?.items ?? null,
    calls: estimate.steps.get(address)?.calls ?? null,
    conditional: step.if !== undefined,
  }));

const urgencyAt = (step: PlanStep): Pick<StepLine, "priority" | "deadlineMs"> => {
  const urgency: Urgency = step.type === "ask" || step.type === "decide" ? (step.urgency ?? {}) : {};
  return { priority: urgency.priority ?? null, deadlineMs: urgency.deadlineMs ?? null };
};

const inputLine = (name: string, input: InputValue): InputLine => {
  switch (input.type) {
    case "file":
      return { name, type: "file", source: input.path, lines: lineCount(input) };
    case "text":
      return { name, type: "text", source: null, lines: null };
    case "value":
      return { name, type: "value", source: null, lines: null };
  }
};

/** As many as a map over `.lines` would see. */
const lineCount = (input: InputValue): number | null => {
  const { file } = inputScope({ file: input });
  const lines = typeof file === "object" && file !== null && "lines" in file ? file.lines : null;
  return Array.isArray(lines) ? lines.length : null;
};

const agentLine = (
  { name, role, model, fallback = [], domain, priority = 0, deadlineMs, share = 1 }: AgentSpec,
  models: Readonly<Record<string, ModelSpec>>,
): AgentLine => ({
  agent: name,
  role,
  model,
  fallback,
  provider: Object.hasOwn(models, model) ? (models[model]?.provider ?? "?") : "?",
  domain: domain ?? null,
  priority,
  deadlineMs: deadlineMs ?? null,
  share,
});
