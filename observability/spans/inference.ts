import type { ActorId } from "../../coordination/protocol/ids.ts";
import { effectId } from "../../coordination/protocol/ids.ts";
import type { Generate } from "../../coordination/protocol/effect.ts";
import type { InferenceRequested, InferenceReply } from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { names, operations } from "../attributes.ts";
import type { Redact } from "../redact.ts";
import type { SpanRef } from "../span.ts";
import { fail, link, note, tell, type OpenSpan, type SpanBook } from "./book.ts";
import { conversationOf } from "./conversation.ts";
import type { TracedPlan } from "./plan.ts";

type Call = {
  readonly agent: SpanRef;
  readonly replyTo: ActorId;
  wait: OpenSpan | undefined;
  hold: OpenSpan | undefined;
  chat: OpenSpan | undefined;
  body: Generate["body"];
};

export type InferenceDeps = {
  readonly book: SpanBook;
  readonly plan: TracedPlan;
  /** The span on whose behalf an actor asks. */
  readonly workOf: (actor: ActorId) => SpanRef;
  readonly redact: Redact;
  /** The same for the sentences of errors. */
  readonly explain: Redact;
  /** Whether prompts and replies are told. */
  readonly content: boolean;
};

/** Models in this process or in a child of it, which are no services on a network. */
const ownProviders: ReadonlySet<string> = new Set(["voter", "llama", "scripted"]);

/** Calls of models: how long each waited for its turn, how long it held it, and the call itself. */
export const inferenceSpans = ({ book, plan, workOf, redact, explain, content }: InferenceDeps) => {
  const open = new Map<string, Call>();

  const requested = ({ request, replyTo, body }: InferenceRequested, atUs: number): void => {
    const agent = workOf(replyTo);
    const wait = book.open({
      unit: "lease.wait",
      key: `wait ${request}`,
      name: "gpu.lease wait",
      parent: agent,
      atUs,
      attributes: { [names.leaseModel]: body.model },
    });
    tell(wait, "enqueued", atUs);
    open.set(request, { agent, replyTo, wait, hold: undefined, chat: undefined, body });
  };

  const started = ({ request, body }: Generate, id: string, atUs: number): void => {
    const call = open.get(request);
    if (call === undefined) return;
    if (call.wait !== undefined) book.close(call.wait, atUs);
    call.wait = undefined;
    call.hold = book.open({
      unit: "lease.hold",
      key: `hold ${request}`,
      name: "gpu.lease hold",
      parent: call.agent,
      atUs,
      attributes: { [names.leaseModel]: body.model, [names.leaseId]: id },
    });
    const provider = plan.providers.get(body.model);
    call.chat = book.open({
      unit: "inference",
      key: `chat ${request}`,
      name: `${operations.inference} ${body.model}`,
      kind: provider === undefined || ownProviders.has(provider) ? "internal" : "client",
      parent: call.agent,
      atUs,
      attributes: {
        [names.genAiOperation]: operations.inference,
        ...(provider === undefined ? {} : { [names.genAiProvider]: provider }),
        [names.genAiRequestModel]: body.model,
        [names.genAiRequestMaxTokens]: body.maxTokens,
        [names.genAiRequestTemperature]: body.temperature,
        [names.genAiAgentName]: body.agent,
      },
    });
    link(call.chat, call.hold, "lease");
    call.body = body;
  };

  const completed = (call: Call, chat: OpenSpan, reply: InferenceReply): void => {
    const { startedAtUs, finishedAtUs, firstChunkAtUs, usage, model } = reply;
    chat.startUs = startedAtUs;
    note(chat, {
      [names.genAiResponseModel]: model,
      [names.genAiInputTokens]: usage.promptTokens,
      [names.genAiOutputTokens]: usage.outputTokens,
    });
    if (firstChunkAtUs !== undefined) {
      note(chat, { [names.genAiTimeToFirstChunk]: Math.max(0, firstChunkAtUs - startedAtUs) / 1e6 });
      tell(chat, "first_chunk", firstChunkAtUs);
    }
    if (content) note(chat, conversationOf(call.body, reply, redact));
    book.close(chat, finishedAtUs);
  };

  const answered = (message: Message & { readonly request: string }, atUs: number): void => {
    const call = open.get(message.request);
    if (call === undefined) return;
    open.delete(message.request);
    const { wait, hold, chat } = call;
    if (message.type === "inference.failed") {
      const { code, message: why } = message.failure;
      for (const span of [wait, chat, hold]) if (span !== undefined) fail(span, code, explain(why));
      if (chat !== undefined && content) note(chat, conversationOf(call.body, undefined, redact));
      if (chat !== undefined) book.close(chat, atUs);
    } else if (message.type === "inference.completed" && chat !== undefined) {
      completed(call, chat, message.reply);
    }
    for (const span of [wait, hold]) if (span !== undefined) book.close(span, atUs);
  };

  /** A call that others go before keeps its span, and is told to have stood still. */
  const told = (request: string, event: string, atUs: number): void => {
    const hold = open.get(request)?.hold;
    if (hold !== undefined) tell(hold, event, atUs);
  };

  return {
    /** A turn of the scheduler. */
    turn: ({ actor, seq, input, effects, atUs }: DecidedRow): void => {
      if (input.type === "inference.requested") requested(input, atUs);
      if (input.type === "inference.completed" || input.type === "inference.failed") answered(input, atUs);
      if (input.type === "inference.paused") told(input.request, "paused", atUs);
      for (const [index, effect] of effects.entries()) {
        if (effect.type === "restoreSequence") told(effect.request, "restored", atUs);
        if (effect.type === "generate") started(effect, effectId(actor, seq, index), atUs);
        // What was refused before it had its turn is answered without a call.
        if (effect.type === "send" && effect.body.type === "inference.failed") answered(effect.body, atUs);
      }
    },
  };
};

export type InferenceSpans = ReturnType<typeof inferenceSpans>;
