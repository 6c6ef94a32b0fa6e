import { resolve } from "node:path";
import type {
  AgentSpec,
  Budget,
  GroupOrder,
  InputValue,
  ModelSpec,
  OutputSpec,
  PlanStep,
  RunPlan,
  ValueTemplate,
} from "../../actors/workflow/plan.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import { isReference } from "../../inference/llama/model-reference.ts";
import { markdownOf } from "./check/check.ts";
import { defaults } from "./limits.ts";
import type { Task, TaskAgent, TaskModel, TaskOutput } from "./schema.ts";
import type { TaskStep } from "./schema-steps.ts";
import { countOf, durationMs, memoryBytesOf } from "./units.ts";
import { voterShorthand } from "./voters.ts";

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
    Object.entries(task.agents).map(([name, agent]) => [name, agentOf(name, agent)]),
  ),
  steps: task.workflow.map((step) => stepOf(step, task)),
  outputs: Object.fromEntries(
    Object.entries(task.outputs ?? {}).map(([name, output]) => [name, outputOf(output)]),
  ),
  budget: budgetOf(task),
  ...given({
    memoryBytes: task.resources?.vram === undefined ? undefined : memoryBytesOf(task.resources.vram),
  }),
  coordinators: task.coordinators ?? usualCoordinators,
});

/** Those under `models`, and those that agents name as `voter:NAME`. */
const modelsOf = (task: Task, folder: string): RunPlan["models"] => {
  const shipped = Object.values(task.agents).flatMap(
    ({ model }): readonly (readonly [string, ModelSpec])[] => {
      const voter = voterShorthand(model);
      return voter === undefined ? [] : [[model, { provider: "voter", voter }]];
    },
  );
  return Object.fromEntries([
    ...Object.entries(task.models ?? {}).map(([name, model]): readonly [string, ModelSpec] => [
      name,
      modelOf(model, folder),
    ]),
    ...shipped,
  ]);
};

const modelOf = (model: TaskModel, folder: string): ModelSpec => {
  switch (model.provider) {
    case "voter":
      return { provider: "voter", voter: model.voter };
    case "llama":
      return {
        provider: "llama",
        file: isReference(model.file) ? model.file : resolve(folder, model.file),
        context: model.context ?? defaults.contextTokens,
        temperature: model.temperature ?? defaults.temperature,
      };
    case "scripted":
      return {
        provider: "scripted",
        replies: model.replies.map(({ text, ...rest }) => ({ text, ...given(rest) })),
      };
  }
};

const agentOf = (name: string, agent: TaskAgent): AgentSpec => ({
  name,
  role: agent.role,
  model: agent.model,
  ...given({
    instructions: agent.instructions,
    domain: agent.domain,
    maxWeightPpm: agent.maxWeight === undefined ? undefined : ppm(agent.maxWeight),
  }),
  maxTokens: agent.maxTokens ?? defaults.maxTokens,
  attempts: agent.attempts ?? defaults.attempts,
});

const stepOf = (step: TaskStep, task: Task): PlanStep => {
  const base = { id: step.id, ...given({ if: step.if }) };
  if (step.ask !== undefined)
    return {
      ...base,
      type: "ask",
      agent: step.ask,
      prompt: step.prompt ?? "",
      ...given({ options: step.options }),
    };
  if (step.parallel !== undefined)
    return { ...base, type: "parallel", steps: step.parallel.map((inner) => stepOf(inner, task)) };
  if (step.decide !== undefined) return { ...base, type: "decide", ...decisionOf(step.decide, task) };
  if (step.map !== undefined) {
    const { over, as, concurrency, do: steps } = step.map;
    return {
      ...base,
      type: "map",
      over: listTemplate(over),
      as: as ?? defaults.item,
      concurrency: concurrency ?? defaults.concurrency,
      steps: steps.map((inner) => stepOf(inner, task)),
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

const decisionOf = (decide: NonNullable<TaskStep["decide"]>, task: Task) => ({
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
  ...given({ escalate: decide.escalate, judge: decide.judge, truth: decide.truth }),
});

const sharedDomain = (voters: readonly string[], task: Task): string => {
  const domains = new Set(voters.map((voter) => task.agents[voter]?.domain));
  const [only] = domains;
  return domains.size === 1 && only !== undefined ? only : defaults.domain;
};

const orderOf = (order: NonNullable<NonNullable<TaskStep["group"]>["order"]>[number]): GroupOrder =>
  typeof order === "string"
    ? { by: order, direction: "asc" }
    : { by: order.by, direction: order.direction ?? "asc" };

/** A list that is written out becomes an expression, so that the plan has lists of one kind. */
const listTemplate = (over: string | readonly (string | number | boolean | null)[]): string =>
  typeof over === "string"
    ? over
    : `\${{ [${over.map((item) => (typeof item === "string" ? quoted(item) : String(item))).join(", ")}] }}`;

const quoted = (text: string): string =>
  `'${text
    .replace(/[\\']/g, (character) => `\\${character}`)
    .replace(/\n/g, "\\n")
    .replace(/\t/g, "\\t")}'`;

const outputOf = (output: TaskOutput): OutputSpec => {
  const template = markdownOf(output);
  return template === undefined
    ? { type: "value", value: valueTemplate(output) }
    : { type: "markdown", template };
};

/** The schema says JSON with mutable members; the plan reads it only. */
const valueTemplate = (output: TaskOutput): ValueTemplate => output;

const budgetOf = (task: Task): Budget => {
  const { tokens, wall, turns } = task.resources?.budget ?? {};
  return given({
    tokens: tokens === undefined ? undefined : countOf(tokens),
    wallMs: wall === undefined ? undefined : durationMs(wall),
    turns: turns === undefined ? undefined : countOf(turns),
  });
};

const ppm = (part: number): number => Math.round(part * 1e6);

type Given<Members> = { [Key in keyof Members]?: Exclude<Members[Key], undefined> };

/** Leaves out what is undefined: in a plan, absent means absent. */
const given = <Members extends object>(members: Members): Given<Members> =>
  // Taking members away cannot be said in types without a cast.
  Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as Given<Members>;

/** One may fail while the others go on. */
const usualCoordinators = 3;
