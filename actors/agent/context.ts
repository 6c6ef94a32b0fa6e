import type { TaskAssigned } from "../../coordination/protocol/agent-messages.ts";
import type { ChatLine, InferenceReply, Usage } from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import { readReply, type Reading } from "./reply.ts";
import { sampledReply } from "./sampling.ts";
import { rememberComplaint } from "./transcript.ts";

/** What an agent instance knows of its work. */
export type Context = {
  readonly task: TaskAssigned | null;
  /** Requests so far, by which they are named; those from `newest` on are to the question that is open. */
  readonly asked: number;
  readonly newest: number;
  /** Requests that are not answered, where a model is asked several times. */
  readonly open: number;
  /** What came of the others. */
  readonly replies: readonly InferenceReply[];
  /** Place of the model that is asked now among those of the agent. */
  readonly model: number;
  /** How often it was asked for this piece of work. */
  readonly attempts: number;
  readonly transcript: readonly ChatLine[];
  readonly usage: Usage;
  /** Why the last call brought nothing usable. */
  readonly trouble: string;
};

export const assigned = ({ task }: Context): TaskAssigned => {
  if (task === null) throw new Error("an agent has no task");
  return task;
};

/** Whether an answer is to another question than the one that is open; requests are named by their number. */
export const isStale = ({ newest }: Context, event: Message): boolean => {
  const request = "request" in event ? event.request : undefined;
  return request !== undefined && Number(request.slice(request.lastIndexOf(":") + 1)) < newest;
};

/** What the model says with its last reply, and with those before it where it was asked several times. */
export const heard = (context: Context, event: Message | undefined): InferenceReply | undefined => {
  const last = event?.type === "inference.completed" ? event.reply : undefined;
  const { options } = assigned(context);
  if (options === undefined || context.asked - context.newest === 1) return last;
  return sampledReply(last === undefined ? context.replies : [...context.replies, last], options);
};

export const reading = (context: Context, event: Message): Reading | undefined => {
  const reply = heard(context, event);
  return reply === undefined ? undefined : readReply(reply, assigned(context).options);
};

/** What is remembered of an answer that was of no use. */
export const noteTrouble = (context: Context, event: Message): Partial<Context> => {
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
