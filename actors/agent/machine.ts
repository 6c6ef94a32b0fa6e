import { assign, emit, enqueueActions, setup } from "xstate";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { actorId, schedulerActor, type ActorId } from "../../coordination/protocol/ids.ts";
import type {
  InferenceFailure,
  InferenceReply,
  Usage,
} from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { assigned, heard, isStale, noteTrouble, reading, type Context } from "./context.ts";
import { modelsOf, requestFor, timesAsked, urgencyOf, type Persona } from "./prompt.ts";
import { preferences, readReply } from "./reply.ts";

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
      isPartial: ({ context, event }) => context.open > 1 && !isBudgetSpent(event),
      isUsable: ({ context, event }) => reading(context, event)?.type === "usable",
      mayRetry: ({ context, event }) =>
        context.attempts < persona.attempts && (event.type !== "inference.failed" || event.failure.retryable),
      mayFallBack: ({ context, event }) =>
        event.type === "inference.failed" &&
        !final.has(event.failure.code) &&
        context.model + 1 < modelsOf(persona).length,
      isBudgetSpent: ({ event }) => isBudgetSpent(event),
      isOver: ({ event }) => event.type === "delivery.failed" && event.isOver === true,
    },
    actions: {
      remember: assign(({ event }) =>
        event.type === "task.assigned"
          ? { task: event, model: 0, attempts: 0, transcript: [], trouble: "" }
          : {},
      ),
      keepReply: assign(({ context, event }) => ({
        open: context.open - 1,
        ...(event.type === "inference.completed" ? { replies: [...context.replies, event.reply] } : {}),
      })),
      countUsage: assign(({ context, event }) =>
        event.type === "inference.completed" ? { usage: sum(context.usage, event.reply.usage) } : {},
      ),
      noteTrouble: assign(({ context, event }) => noteTrouble(context, event)),
      askModel: enqueueActions(({ context, self, enqueue }) => {
        const task = assigned(context);
        const body = requestFor(persona, modelNow(persona, context), task, context.transcript);
        for (let ask = 0; ask < timesAsked(persona, body.model, task); ask++)
          enqueue.emit(
            send(schedulerActor, {
              type: "inference.requested",
              request: `${self.id}:${context.asked + ask}`,
              body,
              replyTo: actorId(self.id),
              ...urgencyOf(persona, task),
            }),
          );
      }),
      countCall: assign(({ context }) => {
        const times = timesAsked(persona, modelNow(persona, context), assigned(context));
        const { asked, attempts } = context;
        return { asked: asked + times, newest: asked, open: times, replies: [], attempts: attempts + 1 };
      }),
      withdraw: enqueueActions(({ context, self, enqueue }) => {
        for (let ask = context.newest; ask < context.asked; ask++)
          enqueue.emit(send(schedulerActor, { type: "inference.cancelled", request: `${self.id}:${ask}` }));
      }),
      takeNextModel: assign(({ context }) => ({ model: context.model + 1, attempts: 0 })),
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
      newest: 0,
      open: 0,
      replies: [],
      model: 0,
      attempts: 0,
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
            { guard: "isPartial", actions: ["countUsage", "keepReply"] },
            { guard: "isUsable", target: "done", actions: ["countUsage", "answer", "stop"] },
            { guard: "mayRetry", actions: ["countUsage", "noteTrouble", "askModel", "countCall"] },
            { target: "failed", actions: ["countUsage", "noteTrouble", "giveUp", "stop"] },
          ],
          "inference.failed": [
            { guard: "isPartial", actions: "keepReply" },
            { guard: "isUsable", target: "done", actions: ["answer", "stop"] },
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { guard: "mayFallBack", actions: ["noteTrouble", "takeNextModel", "askModel", "countCall"] },
            { target: "failed", actions: ["noteTrouble", "giveUp", "stop"] },
          ],
          "delivery.failed": [
            { guard: "isPartial", actions: "keepReply" },
            { guard: "isUsable", target: "done", actions: ["answer", "stop"] },
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
            { guard: "isPartial", actions: ["countUsage", "keepReply"] },
            { guard: "isUsable", target: "voting", actions: ["countUsage", "castVote"] },
            { guard: "mayRetry", actions: ["countUsage", "noteTrouble", "askModel", "countCall"] },
            { target: "abstained", actions: ["countUsage", "noteTrouble", "abstain"] },
          ],
          "inference.failed": [
            { guard: "isStale" },
            { guard: "isBudgetSpent", target: "failed", actions: ["noteTrouble", "giveUp", "stop"] },
            { guard: "isPartial", actions: "keepReply" },
            { guard: "isUsable", target: "voting", actions: "castVote" },
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { guard: "mayFallBack", actions: ["noteTrouble", "takeNextModel", "askModel", "countCall"] },
            { target: "abstained", actions: ["noteTrouble", "abstain"] },
          ],
          "delivery.failed": [
            { guard: "isOver", target: "done", actions: ["withdraw", "stop"] },
            { guard: "isStale" },
            { guard: "isPartial", actions: "keepReply" },
            { guard: "isUsable", target: "voting", actions: "castVote" },
            { guard: "mayRetry", actions: ["noteTrouble", "askModel", "countCall"] },
            { target: "abstained", actions: ["noteTrouble", "abstain"] },
          ],
          // The decision went on or closed without this ballot: the deadline is over.
          "task.assigned": { ...nextRound, actions: ["withdraw", ...nextRound.actions] },
          "decision.settled": { target: "done", actions: ["withdraw", "stop"] },
        },
      },
      voting: {
        on: {
          "task.assigned": nextRound,
          "decision.settled": { target: "done", actions: "stop" },
          "delivery.failed": { guard: "isOver", target: "done", actions: "stop" },
        },
      },
      abstained: {
        on: {
          "task.assigned": nextRound,
          "decision.settled": { actions: "stop" },
          "delivery.failed": { guard: "isOver", actions: "stop" },
        },
      },
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

const modelNow = (persona: Persona, { model }: Pick<Context, "model">): string =>
  modelsOf(persona)[model] ?? persona.model;

const isBudgetSpent = (event: Message): boolean =>
  event.type === "inference.failed" && event.failure.code === "BUDGET_SPENT";

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
  if (event.type === "delivery.failed") {
    // In records of earlier versions, which tell no request, all that was not delivered is a crash.
    const isRefused = event.to === schedulerActor && event.request !== undefined;
    return isRefused ? "INFERENCE_FAILED" : "AGENT_CRASHED";
  }
  return event.type === "inference.failed" && event.failure.code === "BUDGET_SPENT"
    ? "BUDGET_SPENT"
    : "INFERENCE_FAILED";
};

const ballot = (persona: Persona, context: Context, event: Message | undefined): Emitted => {
  const { decision, step, round, ballot: kind, options = [] } = assigned(context);
  const reply = event === undefined ? undefined : heard(context, event);
  const read = reply === undefined ? undefined : readReply(reply, options);
  // The model that answered in place of the agent's own.
  const model = context.model > 0 ? reply?.model : undefined;
  const usable = read?.type === "usable" ? read : undefined;
  const choice = usable?.choice ?? null;
  const reason = usable === undefined ? context.trouble : usable.reason;
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
        ...(choice === null ? {} : preferences(kind, choice, options, reply?.probabilities)),
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
