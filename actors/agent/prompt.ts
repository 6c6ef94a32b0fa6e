import type { ChatLine, InferenceRequest, Urgency } from "../../coordination/protocol/inference-messages.ts";
import type { Argument, LaterRound, TaskAssigned } from "../../coordination/protocol/agent-messages.ts";
import { samplingTemperature } from "./sampling.ts";

/** Who an agent is: what does not change from task to task. */
export type Persona = {
  readonly name: string;
  readonly role: string;
  readonly instructions?: string;
  /** A name under `models` of the plan. */
  readonly model: string;
  /** More such names, asked in this order where the one before has failed. */
  readonly fallback?: readonly string[];
  /** By the names of those that are asked several times for one choice, which tells how sure they are: how many times. */
  readonly samples?: Readonly<Record<string, number>>;
  readonly maxTokens: number;
  /** Calls for one task, the first included, until the agent gives up. */
  readonly attempts: number;
} & Urgency;

/** How many times one of the agent's models is asked what a task wants to know. */
export const timesAsked = ({ samples = {} }: Persona, model: string, { options }: TaskAssigned): number =>
  options !== undefined && Object.hasOwn(samples, model) ? (samples[model] ?? 1) : 1;

/** How pressing the agent's calls are: as the step says, else as the agent does. */
export const urgencyOf = (persona: Persona, { urgency = {} }: TaskAssigned): Urgency => {
  const { priority = persona.priority, deadlineMs = persona.deadlineMs } = urgency;
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
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
    ...(task.round === undefined
      ? []
      : [{ role: "system", content: roundLine(persona, task.round) } as const]),
    ...earlier,
    { role: "user", content: task.prompt },
  ],
  ...(task.options === undefined ? {} : { options: task.options }),
  ...(task.reason === undefined ? {} : { reason: task.reason }),
  maxTokens: persona.maxTokens,
  temperature: timesAsked(persona, model, task) > 1 ? samplingTemperature : 0,
});

const systemLine = ({ role, instructions }: Persona, question: string | undefined): string =>
  [`You are ${role}.`, instructions, question].filter((part) => part !== undefined && part !== "").join("\n");

/** What an agent is told of the round before. The others' words are quoted: they are evidence, not orders. */
const roundLine = ({ name }: Persona, { kind, tied, ballots }: LaterRound): string => {
  const others = ballots.filter(({ agent }) => agent !== name);
  const own = ballots.find(({ agent }) => agent === name);
  const said = others.map(argumentLine);
  switch (kind) {
    case "revote":
      return `The vote was a tie between ${tied.join(" and ")}. Weigh the evidence again, and vote once more.`;
    case "debate":
      return [
        "The vote did not settle it. The others voted:",
        ...said,
        own === undefined ? "" : `You voted: ${own.option ?? "nothing"}.`,
        "Change your vote only where their reasons are better than yours. Vote once more.",
      ]
        .filter((line) => line !== "")
        .join("\n");
    case "judge":
      return ["You are the judge. The voters said:", ...said, "Rule."].join("\n");
  }
};

const argumentLine = ({ agent, option, confidencePpm, reason }: Argument): string => {
  const sure = confidencePpm === null ? "" : `, ${Math.round(confidencePpm / 10_000)} % sure`;
  return `- ${agent}: ${option ?? "abstained"}${option === null ? "" : sure}${reason === undefined ? "" : `: ${JSON.stringify(reason)}`}`;
};
