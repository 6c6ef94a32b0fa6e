import { innerSteps } from "../../actors/workflow/outline.ts";
import type { AgentSpec, MapStep, PlanStep, RunPlan } from "../../actors/workflow/plan.ts";
import { inputScope, renderer, type Renderer } from "../../actors/workflow/scope.ts";
import { pathsOf } from "../../actors/workflow/expression/uses.ts";
import { parseTemplate, type ParsedTemplate } from "../../actors/workflow/template.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { samplesOf } from "../wire/cast.ts";
import { utf8Bytes } from "../../inference/budget.ts";

/** A number that only a run would tell is `null`. */
export type Count = number | null;

/** What one step would cost in all of its runs. `items`: of a map, for one run of it. */
export type StepEstimate = {
  readonly runs: Count;
  readonly items: Count;
  readonly calls: Count;
  readonly tokens: Count;
};

export type PlanEstimate = {
  readonly steps: ReadonlyMap<string, StepEstimate>;
  /** Model calls if every reply is usable at once and no step is skipped. */
  readonly calls: Count;
  /** Model calls if every agent uses all of its attempts. */
  readonly callsWithRetries: Count;
  /** Calls of the steps whose number is known, where others are not. */
  readonly callsKnown: number;
  /** Roughly, prompt and reply: a token for four bytes of text, and the longest reply that an agent may give. */
  readonly tokens: Count;
};

type Scope = Readonly<Record<string, Json>>;
/** How often the steps of one place run, and the names that their templates see in a few of these runs. */
type Surroundings = {
  readonly runs: Count;
  readonly names: ReadonlySet<string>;
  readonly samples: readonly Scope[];
};

/** How many items of a list are looked at to tell the length of a prompt. */
const sampledItems = 50;
const bytesPerToken = 4;
/** The answer to a closed question is one label. */
const labelTokens = 4;

/** How many calls and tokens a plan would take, as far as it and its inputs tell. Nothing is run. */
export const estimateOf = (plan: RunPlan): PlanEstimate => {
  const render = renderer();
  const steps = new Map<string, StepEstimate>();
  let callsWithRetries: Count = 0;

  const visit = (siblings: readonly PlanStep[], parent: string, around: Surroundings): void => {
    for (const step of siblings) {
      const address = parent === "" ? step.id : `${parent}/${step.id}`;
      const list = step.type === "map" ? itemsOf(step, around, render) : undefined;
      const calls = times(around.runs, callsOf(step, plan));
      callsWithRetries = plus(callsWithRetries, times(around.runs, attemptsOf(step, plan)));
      const items = list?.length ?? null;
      steps.set(address, {
        runs: around.runs,
        items,
        calls,
        tokens: times(around.runs, tokensOf(step, plan, around, render)),
      });
      visit(innerSteps(step), address, step.type === "map" ? insideMap(step, around, list) : around);
    }
  };
  visit(plan.steps, "", {
    runs: 1,
    names: new Set(["inputs"]),
    samples: [{ inputs: inputScope(plan.inputs) }],
  });

  const all = [...steps.values()];
  return {
    steps,
    calls: total(all.map(({ calls }) => calls)),
    callsWithRetries,
    callsKnown: all.reduce((sum, { calls }) => sum + (calls ?? 0), 0),
    tokens: total(all.map(({ tokens }) => tokens)),
  };
};

/** Without what only some runs need: a re-vote, a debate, a judge that is asked because the votes did not settle it. */
const callsOf = (step: PlanStep, plan: RunPlan): number =>
  askedBy(step, plan).reduce((sum, { samples }) => sum + samples, 0);

const attemptsOf = (step: PlanStep, plan: RunPlan): number =>
  askedBy(step, plan).reduce((sum, { attempts, samples }) => sum + attempts * samples, 0);

/** An agent, and how many calls one piece of work of it takes. */
type Asked = AgentSpec & { readonly samples: number };

/** The agents that one run of a step asks. Of one that is known only then, the most demanding stands in. */
const askedBy = (step: PlanStep, { agents, models }: RunPlan): readonly Asked[] => {
  const asked = (agent: AgentSpec): Asked => ({ ...agent, samples: samplesOf(models[agent.model]) });
  if (step.type === "decide") {
    const names =
      step.rule === "judge" && step.judge !== undefined ? [...step.voters, step.judge] : step.voters;
    return names.flatMap((name) => agentOf(name, agents) ?? []).map(asked);
  }
  if (step.type !== "ask") return [];
  const once = step.options === undefined ? { samples: 1 } : {};
  const agent = agentOf(step.agent, agents);
  if (agent !== undefined) return [{ ...asked(agent), ...once }];
  const [first, ...rest] = Object.values(agents).map(asked);
  if (first === undefined) return [];
  const most = (of: "attempts" | "maxTokens" | "samples") =>
    rest.reduce((top, other) => Math.max(top, other[of]), first[of]);
  return [
    {
      ...first,
      attempts: most("attempts"),
      maxTokens: most("maxTokens"),
      samples: most("samples"),
      ...once,
    },
  ];
};

const agentOf = (name: string, agents: RunPlan["agents"]): AgentSpec | undefined =>
  Object.hasOwn(agents, name) ? agents[name] : undefined;

const tokensOf = (step: PlanStep, plan: RunPlan, around: Surroundings, render: Renderer): Count => {
  if (step.type !== "ask" && step.type !== "decide") return 0;
  const templates = step.type === "ask" ? [step.prompt] : [step.question, step.evidence];
  const prompt = total(templates.map((template) => bytesOf(template, around, render)));
  if (prompt === null) return null;
  return askedBy(step, plan).reduce(
    (sum, { role, instructions = "", recallTokens = 0, maxTokens, samples }) => {
      const reply = step.options === undefined ? maxTokens : Math.min(maxTokens, labelTokens);
      const read = Math.ceil((prompt + utf8Bytes(role) + utf8Bytes(instructions)) / bytesPerToken);
      return sum + samples * (recallTokens + read + reply);
    },
    0,
  );
};

/** The mean length of what a template makes. */
const bytesOf = (template: string, { names, samples }: Surroundings, render: Renderer): Count => {
  const parsed = parsedIfKnown(template, names);
  if (parsed === undefined || samples.length === 0) return null;
  try {
    return samples.reduce((sum, scope) => sum + utf8Bytes(render.text(template, scope)), 0) / samples.length;
  } catch {
    return null;
  }
};

/** The list that a map goes over, if it follows from the inputs alone. */
const itemsOf = (
  { over }: MapStep,
  { samples }: Surroundings,
  render: Renderer,
): readonly Json[] | undefined => {
  if (parsedIfKnown(over, new Set(["inputs"])) === undefined) return undefined;
  const [scope] = samples;
  if (scope === undefined) return undefined;
  try {
    const list = render.value(over, scope);
    return Array.isArray(list) ? (list as readonly Json[]) : undefined;
  } catch {
    return undefined;
  }
};

const insideMap = (
  { as }: MapStep,
  around: Surroundings,
  list: readonly Json[] | undefined,
): Surroundings => {
  const names = new Set([...around.names, as, "index"]);
  if (list === undefined) return { runs: null, names, samples: [] };
  const stride = Math.max(1, Math.ceil(list.length / sampledItems));
  const [scope = {}] = around.samples;
  const samples = list.flatMap((item, index) =>
    index % stride === 0 ? [{ ...scope, [as]: item, index }] : [],
  );
  return { runs: times(around.runs, list.length), names, samples };
};

/** The template, if all that it reads is known before the run. */
const parsedIfKnown = (template: string, names: ReadonlySet<string>): ParsedTemplate | undefined => {
  try {
    const parsed = parseTemplate(template);
    const expressions =
      parsed.type === "value"
        ? [parsed.expression]
        : parsed.pieces.flatMap((piece) => (piece.type === "value" ? [piece.expression] : []));
    return expressions.every((expression) => pathsOf(expression).every(({ root }) => names.has(root)))
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
};

const times = (one: Count, other: Count): Count =>
  one === 0 || other === 0 ? 0 : one === null || other === null ? null : one * other;
const plus = (one: Count, other: Count): Count => (one === null || other === null ? null : one + other);
const total = (counts: readonly Count[]): Count => counts.reduce<Count>(plus, 0);
