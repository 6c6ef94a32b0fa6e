import type {
  AgentSpec,
  Budget,
  DecideStep,
  GroupOrder,
  InputValue,
  OutputSpec,
  PlanStep,
  RunPlan,
  ValueTemplate,
} from "../../actors/workflow/plan.ts";
import type { Urgency } from "../../coordination/protocol/inference-messages.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import { defaults } from "./limits.ts";
import { given } from "./given.ts";
import { listTemplate } from "./list-template.ts";
import { markdownOf } from "./markdown.ts";
import { modelChain, modelsOf } from "./plan-models.ts";
import type { Task, TaskAgent, TaskOutput } from "./schema.ts";
import type { TaskStep } from "./schema-steps.ts";
import { countOf, durationMs, memoryBytesOf } from "./units.ts";

/** A checked task as the plan that a run is made of. Paths resolve from `folder`. */
export const planOf = (
  task: Task,
  inputs: Readonly<Record<string, InputValue>>,
  folder: string,
): RunPlan => ({
  version: 1,
  name: task.name,
  inputs,
  models: modelsOf(task, folder),
  agents: Object.fromEntries(
    Object.entries(task.agents).map(([name, agent]) => [name, agentOf(name, agent, task)]),
  ),
  steps: task.workflow.map((step) => stepOf(step, { task, folder })),
  outputs: Object.fromEntries(
    Object.entries(task.outputs ?? {}).map(([name, output]) => [name, outputOf(output)]),
  ),
  budget: budgetOf(task),
  ...resourcesOf(task),
  coordinators: task.coordinators ?? usualCoordinators,
});

const agentOf = (name: string, agent: TaskAgent, task: Task): AgentSpec => {
  const [model = "", ...fallback] = modelChain(agent, task);
  return { ...personOf(name, agent), model, ...(fallback.length === 0 ? {} : { fallback }) };
};

const personOf = (name: string, agent: TaskAgent): Omit<AgentSpec, "model"> => ({
  name,
  role: agent.role,
  ...given({
    instructions: agent.instructions,
    domain: agent.domain,
    share: agent.share,
    recallTokens: agent.recall,
    maxWeightPpm: agent.maxWeight === undefined ? undefined : ppm(agent.maxWeight),
  }),
  maxTokens: agent.maxTokens ?? defaults.maxTokens,
  attempts: agent.attempts ?? defaults.attempts,
  ...urgencyOf(agent),
});

const urgencyOf = ({ priority, deadline }: Pick<TaskAgent, "priority" | "deadline">): Urgency =>
  given({ priority, deadlineMs: deadline === undefined ? undefined : durationMs(deadline) });

const stepUrgency = (step: TaskStep): { readonly urgency?: Urgency } => {
  const urgency = urgencyOf(step);
  return Object.keys(urgency).length === 0 ? {} : { urgency };
};

/** What a step is read in: its task, and the folder that its commands run in. */
type Around = { readonly task: Task; readonly folder: string };

const stepOf = (step: TaskStep, around: Around): PlanStep => {
  const base = { id: step.id, ...given({ if: conditionOf(step) }) };
  if (step.ask !== undefined)
    return {
      ...base,
      type: "ask",
      agent: step.ask,
      prompt: step.prompt ?? "",
      ...given({ options: step.options }),
      ...stepUrgency(step),
    };
  if (step.parallel !== undefined)
    return { ...base, type: "parallel", steps: step.parallel.map((inner) => stepOf(inner, around)) };
  if (step.decide !== undefined)
    return { ...base, type: "decide", ...decisionOf(step.decide, around), ...stepUrgency(step) };
  if (step.map !== undefined) {
    const { over, as, concurrency, do: steps } = step.map;
    return {
      ...base,
      type: "map",
      over: listTemplate(over),
      as: as ?? defaults.item,
      concurrency: concurrency ?? defaults.concurrency,
      steps: steps.map((inner) => stepOf(inner, around)),
    };
  }
  invariant(step.group !== undefined, `step ${step.id} passed the check without a kind`);
  const { over, as, where, by, order, take } = step.group;
  return {
    ...base,
    type: "group",
    over: listTemplate(over),
    as: as ?? defaults.item,
    ...given({ where, take }),
    by,
    order: (order ?? []).map(orderOf),
  };
};

/** Plain `false` switches a step off, as a comment would, but leaves its id to those that read it. */
const conditionOf = (step: TaskStep): string | undefined =>
  typeof step.if === "boolean" ? `\${{ ${step.if} }}` : step.if;

const decisionOf = (decide: NonNullable<TaskStep["decide"]>, { task, folder }: Around) => ({
  question: decide.question,
  options: decide.options,
  voters: decide.voters,
  evidence: decide.evidence ?? "",
  domain: decide.domain ?? sharedDomain(decide.voters, task),
  rule: decide.rule ?? defaults.rule,
  tier: decide.tier ?? defaults.tier,
  thresholdPpm: decide.threshold === undefined ? defaults.thresholdPpm : ppm(decide.threshold),
  deadlineMs: decide.deadline === undefined ? defaults.deadlineMs : durationMs(decide.deadline),
  rounds: decide.rounds ?? 0,
  ...((decide.reasons ?? hasAudience(decide)) ? { reasons: true } : {}),
  ...given({ quorum: decide.quorum, escalate: decide.escalate, judge: decide.judge }),
  ...truthOf(decide.truth, folder),
});

/** Whether somebody hears why voters vote as they do, before the decision is over. */
const hasAudience = ({ rounds = 0, judge, escalate }: NonNullable<TaskStep["decide"]>): boolean =>
  rounds > 0 || judge !== undefined || escalate === "human";

const truthOf = (
  truth: NonNullable<TaskStep["decide"]>["truth"],
  folder: string,
): Pick<DecideStep, "truth" | "check"> => {
  if (truth === undefined) return {};
  if (typeof truth === "string") return { truth };
  const { command, passed, failed, timeout } = truth;
  const timeoutMs = timeout === undefined ? defaults.checkMs : durationMs(timeout);
  return { check: { command, passed, failed, timeoutMs, cwd: folder } };
};

const sharedDomain = (voters: readonly string[], task: Task): string => {
  const domains = new Set(voters.map((voter) => task.agents[voter]?.domain));
  const [only] = domains;
  return domains.size === 1 && only !== undefined ? only : defaults.domain;
};

const orderOf = (order: NonNullable<NonNullable<TaskStep["group"]>["order"]>[number]): GroupOrder =>
  typeof order === "string"
    ? { by: order, direction: "asc" }
    : { by: order.by, direction: order.direction ?? "asc" };

const outputOf = (output: TaskOutput): OutputSpec => {
  const template = markdownOf(output);
  return template === undefined
    ? { type: "value", value: valueTemplate(output) }
    : { type: "markdown", template };
};

/** The schema says JSON with mutable members; the plan reads it only. */
const valueTemplate = (output: TaskOutput): ValueTemplate => output;

const budgetOf = (task: Task): Budget => {
  const { tokens, wall, turns, usd } = task.resources?.budget ?? {};
  return given({
    tokens: tokens === undefined ? undefined : countOf(tokens),
    wallMs: wall === undefined ? undefined : durationMs(wall),
    turns: turns === undefined ? undefined : countOf(turns),
    nanoUsd: usd === undefined ? undefined : Math.round(usd * 1e9),
  });
};

const resourcesOf = ({ resources = {} }: Task): Pick<RunPlan, "memoryBytes" | "scheduler"> => {
  const { vram, scheduler } = resources;
  return given({ memoryBytes: vram === undefined ? undefined : memoryBytesOf(vram), scheduler });
};

const ppm = (part: number): number => Math.round(part * 1e6);

/** One may fail while the others go on. */
const usualCoordinators = 3;
