import type { Effect } from "../../coordination/protocol/effect.ts";
import { agentActor, workflowActor } from "../../coordination/protocol/ids.ts";
import type { AgentAnswer } from "../../coordination/protocol/agent-messages.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { AskStep, RunPlan } from "./plan.ts";
import type { Scope } from "./expression/evaluate.ts";
import { ExpressionError } from "./expression/expression.ts";
import type { Renderer } from "./scope.ts";
import { TemplateError } from "./template.ts";

/** The task's own words asked for something that cannot be; the message names the step. */
export class StepError extends Error {
  override readonly name = "StepError";
}

/** Evaluates what the words of a step or an output say. What they get wrong is told with the place that says it. */
export const saidBy = <Result>(place: string, evaluate: () => Result): Result => {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof ExpressionError || error instanceof TemplateError)) throw error;
    throw new StepError(`${place}: ${error.message}`, { cause: error });
  }
};

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
  const urgency = step.urgency === undefined ? {} : { urgency: step.urgency };
  return [
    {
      type: "send",
      to: agentActor(agent, path),
      body: { type: "task.assigned", step: path, prompt, ...options, ...urgency, replyTo: workflowActor },
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
