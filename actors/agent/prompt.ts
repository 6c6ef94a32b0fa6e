import type { ChatLine, InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import type { TaskAssigned } from "../../coordination/protocol/agent-messages.ts";

/** Who an agent is: what does not change from task to task. */
export type Persona = {
  readonly name: string;
  readonly role: string;
  readonly instructions?: string;
  /** A name under `models` of the plan. */
  readonly model: string;
  /** More such names, asked in this order where the one before has failed. */
  readonly fallback?: readonly string[];
  readonly maxTokens: number;
  /** Calls for one task, the first included, until the agent gives up. */
  readonly attempts: number;
};

/** The models that an agent may ask, in this order. */
export const modelsOf = ({ model, fallback = [] }: Persona): readonly string[] => [model, ...fallback];

/** The request that puts a task to one of the agent's models. `earlier`: unusable replies and what was wrong with each. */
export const requestFor = (
  persona: Persona,
  model: string,
  task: TaskAssigned,
  earlier: readonly ChatLine[],
): InferenceRequest => ({
  model,
  agent: persona.name,
  lines: [
    { role: "system", content: systemLine(persona, task.question) },
    ...earlier,
    { role: "user", content: task.prompt },
  ],
  ...(task.options === undefined ? {} : { options: task.options }),
  maxTokens: persona.maxTokens,
  temperature: 0,
});

const systemLine = ({ role, instructions }: Persona, question: string | undefined): string =>
  [`You are ${role}.`, instructions, question].filter((part) => part !== undefined && part !== "").join("\n");
