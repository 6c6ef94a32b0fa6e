import { agentName, type ActorId } from "../../coordination/protocol/ids.ts";
import type { Effect } from "../../coordination/protocol/effect.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { DecidedRow, TurnRow } from "../../coordination/protocol/row.ts";
import { names, operations } from "../attributes.ts";
import type { Redact } from "../redact.ts";
import type { SpanRef } from "../span.ts";
import { fail, tell, type OpenSpan, type SpanBook } from "./book.ts";
import type { TracedPlan } from "./plan.ts";
import type { StepSpans } from "./steps.ts";

type OpenAgent = {
  readonly span: OpenSpan;
  inputTokens: number;
  outputTokens: number;
  /** It has said what it was asked, and waits for what comes of it. */
  hasSpoken: boolean;
};

export type AgentDeps = {
  readonly book: SpanBook;
  readonly plan: TracedPlan;
  readonly steps: StepSpans;
  readonly explain: Redact;
};

/** Most changes of state that the span of an agent tells. */
const statesAtMost = 64;

/** The agents at work: from the turn that takes the assignment to the one that stops, or to the notice that one is gone. */
export const agentSpans = ({ book, plan, steps, explain }: AgentDeps) => {
  const open = new Map<ActorId, OpenAgent>();
  /** Questions on their way, and who asked them: an agent may be over by the time its question is heard. */
  const asking = new Map<string, SpanRef>();

  const begin = (actor: ActorId, step: string, atUs: number): OpenAgent => {
    const name = agentName(actor) ?? actor;
    const planned = plan.agents.get(name);
    const attributes: OpenSpan["attributes"] = {
      [names.genAiOperation]: operations.agent,
      [names.genAiAgentName]: name,
      [names.genAiAgentId]: actor,
      [names.stepPath]: step,
    };
    if (planned?.provider !== undefined) attributes[names.genAiProvider] = planned.provider;
    if (planned !== undefined) attributes[names.genAiRequestModel] = planned.model;
    const span = book.open({
      unit: "agent",
      id: book.id(`agent ${actor}`),
      name: `${operations.agent} ${name}`,
      parent: steps.at(step),
      atUs,
      attributes,
    });
    const agent = { span, inputTokens: 0, outputTokens: 0, hasSpoken: false };
    open.set(actor, agent);
    return agent;
  };

  const end = (actor: ActorId, atUs: number): void => {
    const agent = open.get(actor);
    if (agent === undefined) return;
    open.delete(actor);
    sumUp(agent);
    book.close(agent.span, atUs);
  };

  const state = ({ span }: OpenAgent, atUs: number, name: string): void => {
    if (span.events.length < statesAtMost) tell(span, "state", atUs, { [names.agentState]: name });
  };

  const decided = (agent: OpenAgent, effect: Effect, { atUs }: TurnRow): void => {
    if (effect.type === "propose" && effect.entry.type === "ballot.cast") {
      agent.hasSpoken = true;
      return state(agent, atUs, effect.entry.option === null ? "abstained" : "voting");
    }
    if (effect.type !== "send") return;
    if (effect.body.type === "task.completed" || effect.body.type === "task.failed") agent.hasSpoken = true;
    if (effect.body.type === "task.completed") return state(agent, atUs, "done");
    if (effect.body.type === "task.failed") {
      fail(agent.span, effect.body.code, explain(effect.body.message));
      return state(agent, atUs, "failed");
    }
    if (effect.body.type !== "inference.requested") return;
    asking.set(effect.body.request, { spanId: agent.span.spanId });
  };

  return {
    /** The span of an agent at work; `undefined` for any other actor. */
    at: (actor: ActorId): SpanRef | undefined => open.get(actor)?.span,
    /** The span of the agent whose question is heard now. */
    askerOf: (request: string): SpanRef | undefined => {
      const asker = asking.get(request);
      asking.delete(request);
      return asker;
    },
    turn: (row: TurnRow): void => {
      const { actor, input, atUs } = row;
      if (input.type === "task.assigned") {
        const agent = open.get(actor) ?? begin(actor, input.step, atUs);
        agent.hasSpoken = false;
        state(agent, atUs, input.decision === undefined ? "thinking" : "deliberating");
      }
      const agent = open.get(actor);
      if (agent === undefined) return;
      if (input.type === "inference.completed") {
        agent.inputTokens += input.reply.usage.promptTokens;
        agent.outputTokens += input.reply.usage.outputTokens;
      }
      if ("failed" in row) {
        return tell(agent.span, "restart", atUs, {
          [names.errorType]: row.failed.code,
          [names.reason]: explain(row.failed.message),
        });
      }
      // Several samples of one reply are asked for in one turn: that is one question.
      if (input.type !== "task.assigned" && row.effects.some(isQuestion))
        tell(agent.span, "retry", atUs, { [names.reason]: troubleIn(input) });
      for (const effect of row.effects) decided(agent, effect, row);
    },
    /** After all else that a turn says: an agent that stopped has done its work. Tells whether it did. */
    settle: ({ actor, effects, atUs }: DecidedRow): boolean => {
      const isOver = effects.some(({ type }) => type === "stop");
      if (isOver) end(actor, atUs);
      return isOver;
    },
    /** Somebody else was told that this agent is gone. */
    lost: (actor: ActorId, atUs: number, code: string, message: string): void => {
      const agent = open.get(actor);
      if (agent === undefined) return;
      fail(agent.span, code, message);
      end(actor, atUs);
    },
    /** The run is over: who had said what it was asked was done; who had not is left open, as one that nobody waited for. */
    finish: (atUs: number): void => {
      for (const [actor, agent] of open) {
        if (agent.hasSpoken) end(actor, atUs);
        else sumUp(agent);
      }
    },
    /** The record ends, and may go on. */
    sumUp: (): void => {
      for (const agent of open.values()) sumUp(agent);
    },
  };
};

const isQuestion = (effect: Effect): boolean =>
  effect.type === "send" && effect.body.type === "inference.requested";

const sumUp = ({ span: { attributes }, inputTokens, outputTokens }: OpenAgent): void => {
  attributes[names.genAiInputTokens] = inputTokens;
  attributes[names.genAiOutputTokens] = outputTokens;
};

export type AgentSpans = ReturnType<typeof agentSpans>;

/** Why an agent asks its model again. */
const troubleIn = (input: Message): string => {
  switch (input.type) {
    case "inference.failed":
      return input.failure.code;
    case "delivery.failed":
      return input.code;
    default:
      return "UNUSABLE_REPLY";
  }
};
