import { assign, emit, setup } from "xstate";
import type { TaskAssigned } from "../../coordination/protocol/agent-messages.ts";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { actorId, schedulerActor, type ActorId } from "../../coordination/protocol/ids.ts";
import type {
  ChatLine,
  InferenceFailure,
  InferenceReply,
  Usage,
} from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { modelsOf, requestFor, urgencyOf, type Persona } from "./prompt.ts";
import { preferences, readReply, type Reading } from "./reply.ts";
import { rememberComplaint } from "./transcript.ts";

type Context = {
  readonly task: TaskAssigned | null;
  readonly asked: number;
  /** Place of the model that is asked now among those of the agent. */
  readonly model: number;
  /** How many of them were for work that is done, or to a model that failed: the bound holds for each by itself. */
  readonly askedBefore: number;
  readonly transcript: readonly ChatLine[];
  readonly usage: Usage;
  /** Why the last call brought nothing usable. */
  readonly trouble: string;
};

type Emitted = { readonly type: "effect"; readonly effect: Effect };

/**
 * An agent instance at one piece of work. It asks its model, checks the reply, asks again a bounded number of times,
 * and then answers: to whoever assigned the work, or by a ballot. What it wants done it emits as effects.
 */
export const agentMachine = (persona: Persona) => {
  const send = (to: ActorId, body: Message): Emitted => ({
    type: "effect",
    effect: { type: "send", to, body },
  });

  return setup({
    types: { context: {} as Context, events: {} as Message, emitted: {} as Emitted },
    guards: {
      isBallot: ({ event }) => event.type === "task.assigned" && event.decision !== undefined,
      isStale: ({ context, event }) => isStale(context, event),
      isUsable: ({ context, event }) => reading(context, event)?.type === "usable",
      mayRetry: ({ context, event }) =>
        context.asked - context.askedBefore < persona.attempts &&
        (event.type !== "inference.failed" || event.failure.retryable),
      mayFallBack: ({ context, event }) =>
        event.type === "inference.failed" &&
        !final.has(event.failure.code) &&
        context.model + 1 < modelsOf(persona).length,
      isBudgetSpent: ({ event }) =>
        event.type === "inference.failed" && event.failure.code === "BUDGET_SPENT",
    },
    actions: {
      remember: assign(({ context, event }) =>
        event.type === "task.assigned"
          ? { task: event, model: 0, askedBefore: context.asked, transcript: [], trouble: "" }
          : {},
      ),
      countUsage: assign(({ context, event }) =>
        event.type === "inference.completed" ? { usage: sum(context.usage, event.reply.usage) } : {},
      ),
      noteTrouble: assign(({ context, event }) => noteTrouble(context, event)),
      askModel: emit(({ context, self }) =>
        send(schedulerActor, {
          type: "inference.requested",
          request: `${self.id}:${context.asked}`,
          body: requestFor(
            persona,
            modelsOf(persona)[context.model] ?? persona.model,
            assigned(context),
            context.transcript,
          ),
          replyTo: actorId(self.id),
          ...urgencyOf(persona, assigned(context)),
        }),
      ),
      withdraw: emit(({ context, self }) =>
        send(schedulerActor, { type: "inference.cancelled", request: `${self.id}:${context.asked - 1}` }),
      ),
      countCall: assign(({ context }) => ({ asked: context.asked + 1 })),
      takeNextModel: assign(({ context }) => ({ model: context.model + 1, askedBefore: context.asked })),
      answer: emit(({ context, event }) => send(assigned(context).replyTo, answerOf(context, event))),
      giveUp: emit(({ context, event }) =>
        send(assigned(context).replyTo, {
          type: "task.failed",
          step: assigned(context).step,
          code: failureCode(event),
          message: context.trouble,
        }),
      ),
      castVote: emit(({ context, event }) => ballot(persona, context, event)),
      abstain: emit(({ context }) => ballot(persona, context, undefined)),
      stop: emit((): Emitted => ({ type: "effect", effect: { type: "stop" } })),
    },
  }).createMachine({
    id: "agent",
    initial: "idle",
    context: {
      task: null,
      asked: 0,
      model: 0,
      askedBefore: 0,
      transcript: [],
      usage: { promptTokens: 0, outputTokens: 0 },
      trouble: "",
    },
    states: {
      idle: {
        on: {
          "task.assigned": [
            { guard: "isBallot", target: "deliberating", actions: ["remember", "askModel", "countCall"] },
            { target: "thinking", actions: ["remember", "askModel", "countCall"] },
          ],
        },
      },
      thinking: {
        on: {
          "inference.completed": [
            { guard: "isUsable", target: "done", actions: ["countUsage", "answer", "stop"] },
            { guard: "mayRetry", actions: ["countUsage", "noteTrouble", "askModel", "countCall"] },
            { target: "failed", actions: ["countUsage", "noteTrouble", "giveUp", "stop"] },
          ],
          "inference.failed": [
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { guard: "mayFallBack", actions: ["noteTrouble", "takeNextModel", "askModel", "countCall"] },
            { target: "failed", actions: ["noteTrouble", "giveUp", "stop"] },
          ],
          "delivery.failed": [
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { target: "failed", actions: ["noteTrouble", "giveUp", "stop"] },
          ],
        },
      },
      deliberating: {
        on: {
          "inference.completed": [
            // The reply to a round that went on without it.
            { guard: "isStale", actions: "countUsage" },
            { guard: "isUsable", target: "voting", actions: ["countUsage", "castVote"] },
            { guard: "mayRetry", actions: ["countUsage", "noteTrouble", "askModel", "countCall"] },
            { target: "abstained", actions: ["countUsage", "noteTrouble", "abstain"] },
          ],
          "inference.failed": [
            { guard: "isStale" },
            { guard: "isBudgetSpent", target: "failed", actions: ["noteTrouble", "giveUp", "stop"] },
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { guard: "mayFallBack", actions: ["noteTrouble", "takeNextModel", "askModel", "countCall"] },
            { target: "abstained", actions: ["noteTrouble", "abstain"] },
          ],
          "delivery.failed": [
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { target: "abstained", actions: ["noteTrouble", "abstain"] },
          ],
          // The decision went on or closed without this ballot: the deadline is over.
          "task.assigned": { ...nextRound, actions: ["withdraw", ...nextRound.actions] },
          "decision.settled": { target: "done", actions: ["withdraw", "stop"] },
        },
      },
      voting: {
        on: { "task.assigned": nextRound, "decision.settled": { target: "done", actions: "stop" } },
      },
      abstained: { on: { "task.assigned": nextRound, "decision.settled": { actions: "stop" } } },
      done: {},
      failed: {},
    },
  });
};

/** Failures that no other model helps against: the money is gone, or nobody wants an answer any more. */
const final: ReadonlySet<InferenceFailure["code"]> = new Set(["BUDGET_SPENT", "ABORTED"]);
/** A decision that goes on puts its question again. */
const nextRound = {
  target: "deliberating",
  actions: ["remember", "askModel", "countCall"],
} as const;

/** Whether an answer is to another request than the newest; they are named by their number. */
const isStale = ({ asked }: Context, event: Message): boolean =>
  "request" in event && !event.request.endsWith(`:${asked - 1}`);

const assigned = ({ task }: Context): TaskAssigned => {
  if (task === null) throw new Error("an agent has no task");
  return task;
};

const reading = (context: Context, event: Message): Reading | undefined =>
  event.type === "inference.completed" ? readReply(event.reply, assigned(context).options) : undefined;

const noteTrouble = (context: Context, event: Message): Partial<Context> => {
  switch (event.type) {
    case "inference.completed": {
      const unusable = reading(context, event);
      if (unusable?.type !== "unusable") return {};
      return {
        trouble: unusable.because,
        transcript: rememberComplaint(
          context.transcript,
          event.reply.text,
          `Not usable: ${unusable.because}. Answer again.`,
        ),
      };
    }
    case "inference.failed":
      return { trouble: `${event.failure.code}: ${event.failure.message}` };
    case "delivery.failed":
      return { trouble: `${event.code}: ${event.message}` };
    default:
      return {};
  }
};

const answerOf = (context: Context, event: Message): Message => {
  const read = reading(context, event);
  if (read?.type !== "usable") throw new Error("only a usable reply is an answer");
  const { type: _, ...answer } = read;
  return {
    type: "task.completed",
    step: assigned(context).step,
    answer: { ...answer, usage: context.usage },
  };
};

const failureCode = (
  event: Message,
): "UNUSABLE_REPLY" | "BUDGET_SPENT" | "INFERENCE_FAILED" | "AGENT_CRASHED" => {
  if (event.type === "inference.completed") return "UNUSABLE_REPLY";
  if (event.type === "delivery.failed") return "AGENT_CRASHED";
  return event.type === "inference.failed" && event.failure.code === "BUDGET_SPENT"
    ? "BUDGET_SPENT"
    : "INFERENCE_FAILED";
};

/** The model that answered in place of the agent's own. */
const answeredBy = (context: Context, event: Message | undefined): string | undefined =>
  event?.type === "inference.completed" && context.model > 0 ? event.reply.model : undefined;

const ballot = (persona: Persona, context: Context, event: Message | undefined): Emitted => {
  const read = event === undefined ? undefined : reading(context, event);
  const model = answeredBy(context, event);
  const usable = read?.type === "usable" ? read : undefined;
  const { decision, step, round, ballot: kind, options = [] } = assigned(context);
  const choice = usable?.choice ?? null;
  const reason = usable === undefined ? context.trouble : usable.reason;
  const probabilities = event?.type === "inference.completed" ? event.reply.probabilities : undefined;
  return {
    type: "effect",
    effect: {
      type: "propose",
      entry: {
        type: "ballot.cast",
        decision: decision ?? step,
        ...(round === undefined ? {} : { round: round.round }),
        voter: persona.name,
        option: choice,
        ...(choice === null ? {} : preferences(kind, choice, options, probabilities)),
        ...(usable?.confidence === undefined ? {} : { confidencePpm: Math.round(usable.confidence * 1e6) }),
        ...(model === undefined ? {} : { model }),
        ...(reason === undefined ? {} : { reason }),
      },
    },
  };
};

const sum = (usage: Usage, more: InferenceReply["usage"]): Usage => ({
  promptTokens: usage.promptTokens + more.promptTokens,
  outputTokens: usage.outputTokens + more.outputTokens,
});
