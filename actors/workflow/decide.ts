import type { LaterRound, TaskAssigned } from "../../coordination/protocol/agent-messages.ts";
import type {
  DecisionOpened,
  Elector,
  Outcome,
  RoundKind,
  RoundOpened,
} from "../../coordination/protocol/decision-messages.ts";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { agentActor, workflowActor } from "../../coordination/protocol/ids.ts";
import type { Scope } from "./expression/evaluate.ts";
import { modelFamily } from "./family.ts";
import type { DecideStep, RunPlan } from "./plan.ts";
import type { Renderer } from "./scope.ts";
import { StepError } from "./steps.ts";

export const deadlineTimer = (path: string): string => `deadline ${path}`;

export type DecisionDeps = {
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
  deps: DecisionDeps,
): readonly Effect[] => {
  const opened: DecisionOpened = {
    type: "decision.opened",
    decision: path,
    question: deps.render.text(step.question, scope),
    options: step.options,
    domain: deps.render.text(step.domain, scope),
    electorate: step.voters.map((agent) => electorOf(agent, path, deps)),
    rule: step.rule,
    tier: step.tier,
    thresholdPpm: step.thresholdPpm,
    ...(step.quorum === undefined ? {} : { quorum: step.quorum }),
    ...(step.rounds === undefined ? {} : { rounds: step.rounds }),
    ...(step.escalate === undefined ? {} : { escalate: step.escalate }),
    ...(step.judge === undefined ? {} : { judge: electorOf(step.judge, path, deps) }),
    replyTo: workflowActor,
  };
  return [
    { type: "propose", entry: opened },
    ...putTo(step.voters, step, { path, scope, render: deps.render }),
  ];
};

/** Puts the question again, to whom the round is for, with what they are told of the round before. */
export const continueDecision = (
  step: DecideStep,
  { decision: path, round, outcome }: RoundOpened,
  kind: Exclude<RoundKind, "first">,
  scope: Scope,
  { render }: DecisionDeps,
): readonly Effect[] => {
  const asked = kind === "judge" ? (step.judge === undefined ? [] : [step.judge]) : step.voters;
  const best = outcome.tally[0];
  const isLevel = ({ weight, heads }: Outcome["tally"][number]) =>
    weight === best?.weight && heads === best.heads;
  const later: LaterRound = {
    round,
    kind,
    tied: outcome.reason === "tie" ? outcome.tally.filter(isLevel).map(({ option }) => option) : [],
    ballots: kind === "revote" ? [] : outcome.ballots.map(argumentOf),
  };
  return putTo(asked, step, { path, scope, render, round: later });
};

const electorOf = (agent: string, path: string, { plan, modelKeys }: DecisionDeps): Elector => {
  const spec = plan.agents[agent];
  if (spec === undefined)
    throw new StepError(`step ${path} has the voter "${agent}", and there is no such agent`);
  const family = modelFamily(plan.models[spec.model]);
  return {
    agent,
    actor: agentActor(agent, path),
    model: modelKeys[spec.model] ?? spec.model,
    ...(family === undefined ? {} : { family }),
    ...(spec.maxWeightPpm === undefined ? {} : { maxWeightPpm: spec.maxWeightPpm }),
  };
};

/** Where a question is put, and what is told beside it. */
type Setting = {
  readonly path: string;
  readonly scope: Scope;
  readonly render: Renderer;
  readonly round?: LaterRound;
};

const putTo = (
  agents: readonly string[],
  step: DecideStep,
  { path, scope, render, round }: Setting,
): readonly Effect[] => {
  const question = render.text(step.question, scope);
  const evidence = render.text(step.evidence, scope);
  const body: TaskAssigned = {
    type: "task.assigned",
    step: path,
    ...(evidence === "" ? { prompt: question } : { question, prompt: evidence }),
    options: step.options,
    decision: path,
    ...(step.reasons === true ? { reason: true } : {}),
    ...(step.rule === "approval" ? { ballot: "approval" } : {}),
    ...(step.rule === "ranked" ? { ballot: "ranking" } : {}),
    ...(round === undefined ? {} : { round }),
    ...(step.urgency === undefined ? {} : { urgency: step.urgency }),
    replyTo: workflowActor,
  };
  return [
    ...agents.map((agent): Effect => ({ type: "send", to: agentActor(agent, path), body })),
    { type: "startTimer", timer: deadlineTimer(path), ms: step.deadlineMs, clock: "process" },
  ];
};

const argumentOf = ({ voter, option, confidencePpm, reason, status }: Outcome["ballots"][number]) => ({
  agent: voter,
  option: status === "counted" ? option : null,
  confidencePpm,
  ...(reason === undefined ? {} : { reason }),
});
