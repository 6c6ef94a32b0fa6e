import type { Entry, Outcome } from "../../coordination/protocol/decision-messages.ts";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { agentActor, workflowActor } from "../../coordination/protocol/ids.ts";
import type { AgentAnswer } from "../../coordination/protocol/agent-messages.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { AskStep, DecideStep, RunPlan } from "./plan.ts";
import type { Scope } from "./expression/evaluate.ts";
import type { Renderer } from "./scope.ts";

/** The task's own words asked for something that cannot be; the message names the step. */
export class StepError extends Error {
  override readonly name = "StepError";
}

export const assignAsk = (
  step: AskStep,
  path: string,
  scope: Scope,
  render: Renderer,
  agents: RunPlan["agents"],
): readonly Effect[] => {
  const agent = render.text(step.agent, scope);
  if (!Object.hasOwn(agents, agent))
    throw new StepError(`step ${path} asks "${agent}", and there is no such agent`);
  const prompt = render.text(step.prompt, scope);
  const options = step.options === undefined ? {} : { options: step.options };
  return [
    {
      type: "send",
      to: agentActor(agent, path),
      body: { type: "task.assigned", step: path, prompt, ...options, replyTo: workflowActor },
    },
  ];
};

/** What an `ask` step leaves for expressions. */
export const askResult = (answer: AgentAnswer): Json => ({
  output: answer.choice ?? answer.text,
  text: answer.text,
  choice: answer.choice ?? null,
  confidence: answer.confidence ?? null,
});

export const deadlineTimer = (path: string): string => `deadline ${path}`;

export type OpenDecisionDeps = {
  readonly plan: RunPlan;
  readonly render: Renderer;
  /** Digest or name of the model behind each name under `models`. */
  readonly modelKeys: Readonly<Record<string, string>>;
};

/** Opens a decision, puts the question to every voter and sets the deadline. */
export const openDecision = (
  step: DecideStep,
  path: string,
  scope: Scope,
  deps: OpenDecisionDeps,
): readonly Effect[] => {
  const { plan, render, modelKeys } = deps;
  const question = render.text(step.question, scope);
  const evidence = render.text(step.evidence, scope);
  const opened: Entry = {
    type: "decision.opened",
    decision: path,
    question,
    options: step.options,
    domain: render.text(step.domain, scope),
    electorate: step.voters.map((agent) => {
      const spec = plan.agents[agent];
      if (spec === undefined)
        throw new StepError(`step ${path} has the voter "${agent}", and there is no such agent`);
      const cap = spec.maxWeightPpm === undefined ? {} : { maxWeightPpm: spec.maxWeightPpm };
      return { agent, actor: agentActor(agent, path), model: modelKeys[spec.model] ?? spec.model, ...cap };
    }),
    rule: step.rule,
    tier: step.tier,
    thresholdPpm: step.thresholdPpm,
    replyTo: workflowActor,
  };
  return [
    { type: "propose", entry: opened },
    ...step.voters.map((agent): Effect => ({
      type: "send",
      to: agentActor(agent, path),
      body: {
        type: "task.assigned",
        step: path,
        ...(evidence === "" ? { prompt: question } : { question, prompt: evidence }),
        options: step.options,
        decision: path,
        replyTo: workflowActor,
      },
    })),
    { type: "startTimer", timer: deadlineTimer(path), ms: step.deadlineMs, clock: "process" },
  ];
};

/** What the task says is right; `null` where it does not say. */
export const truthOf = ({ truth }: DecideStep, scope: Scope, render: Renderer): string | null => {
  if (truth === undefined) return null;
  const text = render.text(truth, scope);
  return text === "" ? null : text;
};

/** Puts the truth on record, so that the ledger can learn from it. */
export const recordTruth = (decision: string, truth: string): Effect => ({
  type: "propose",
  entry: { type: "decision.graded", decision, truth, replyTo: workflowActor },
});

const perMillion = (ppm: number): number => ppm / 1e6;

/** What a `decide` step leaves for expressions; shares and confidences from 0 to 1, weights as integers. */
export const decisionResult = (outcome: Outcome, truth: string | null): Json => {
  const ballots = outcome.ballots.map(({ voter, option, confidencePpm, weight, status, reason }) => ({
    voter,
    option,
    confidence: confidencePpm === null ? null : perMillion(confidencePpm),
    weight,
    status,
    reason: reason ?? null,
  }));
  const winner = outcome.settled ? outcome.option : null;
  return {
    output: winner,
    winner,
    settled: outcome.settled,
    recommendation: outcome.option,
    reason: outcome.reason ?? null,
    share: perMillion(outcome.sharePpm),
    confidence: perMillion(outcome.confidencePpm),
    ballots,
    dissent: ballots.filter(({ option }) => option !== null && option !== outcome.option),
    tally: outcome.tally,
    truth,
    right: truth === null || winner === null ? null : winner === truth,
    term: outcome.term,
    index: outcome.index,
    leader: outcome.leader,
  };
};
