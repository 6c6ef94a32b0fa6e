import type { ActorId } from "../../coordination/protocol/ids.ts";
import { effectId } from "../../coordination/protocol/ids.ts";
import type { Generate } from "../../coordination/protocol/effect.ts";
import type {
  InferenceAttempted,
  InferenceReply,
  InferenceRequested,
} from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { names, operations } from "../attributes.ts";
import type { Redact } from "../redact.ts";
import type { SpanRef } from "../span.ts";
import { fail, link, note, tell, type OpenSpan, type SpanBook } from "./book.ts";
import { conversationOf } from "./conversation.ts";
import { leaseSpans } from "./leases.ts";
import type { TracedPlan } from "./plan.ts";

type Call = {
  readonly id: string;
  readonly agent: SpanRef;
  chat: OpenSpan | undefined;
  /** When its first try began, where there was another. */
  retriedFromUs?: number;
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
  const leases = leaseSpans(book, plan);

  const requested = (input: InferenceRequested, atUs: number): void => {
    const { request, replyTo, body } = input;
    const agent = workOf(replyTo);
    const [id, wait, hold] = book.ids(`call ${request}`);
    leases.wait(input, agent, { wait, hold }, atUs);
    open.set(request, { id, agent, chat: undefined, body });
  };

  const started = ({ request, body }: Generate, id: string, atUs: number): void => {
    const call = open.get(request);
    const hold = leases.hold(request, id, atUs);
    if (call === undefined || hold === undefined) return;
    const provider = plan.providers.get(body.model);
    const attributes: OpenSpan["attributes"] = {
      [names.genAiOperation]: operations.inference,
      [names.genAiRequestModel]: body.model,
      [names.genAiRequestMaxTokens]: body.maxTokens,
      [names.genAiRequestTemperature]: body.temperature,
      [names.genAiAgentName]: body.agent,
    };
    if (provider !== undefined) attributes[names.genAiProvider] = provider;
    const server = plan.servers.get(body.model);
    if (server !== undefined) {
      attributes[names.serverAddress] = server.address;
      attributes[names.serverPort] = server.port;
    }
    call.chat = book.open({
      unit: "inference",
      id: call.id,
      name: `${operations.inference} ${body.model}`,
      kind: provider === undefined || ownProviders.has(provider) ? "internal" : "client",
      parent: call.agent,
      atUs,
      attributes,
    });
    link(call.chat, hold, "lease");
    call.body = body;
  };

  /** A try has failed, and another follows. */
  const attempted = ({ request, attempt, failure, startedAtUs, finishedAtUs }: InferenceAttempted): void => {
    const call = open.get(request);
    if (call?.chat === undefined) return;
    call.retriedFromUs ??= startedAtUs;
    tell(call.chat, "retry", finishedAtUs, { [names.attempt]: attempt, [names.errorType]: failure.code });
  };

  const completed = (call: Call, chat: OpenSpan, reply: InferenceReply): void => {
    const { startedAtUs, finishedAtUs, firstChunkAtUs, usage, model, finishReason } = reply;
    chat.startUs = call.retriedFromUs ?? startedAtUs;
    const { attributes } = chat;
    attributes[names.genAiResponseModel] = model;
    attributes[names.genAiInputTokens] = usage.promptTokens;
    attributes[names.genAiOutputTokens] = usage.outputTokens;
    if (finishReason !== undefined) attributes[names.genAiFinishReasons] = [finishReason];
    if (firstChunkAtUs !== undefined) {
      attributes[names.genAiTimeToFirstChunk] = Math.max(0, firstChunkAtUs - startedAtUs) / 1e6;
      tell(chat, "first_chunk", firstChunkAtUs);
    }
    if (content) note(chat, conversationOf(call.body, reply, redact));
    book.close(chat, finishedAtUs);
  };

  const answered = (message: Message & { readonly request: string }, atUs: number): void => {
    const call = open.get(message.request);
    if (call === undefined) return;
    open.delete(message.request);
    const { chat } = call;
    if (message.type === "inference.failed") {
      const { code, message: why } = message.failure;
      for (const span of leases.spansOf(message.request)) fail(span, code, explain(why));
      if (chat !== undefined) {
        fail(chat, code, explain(why));
        if (content) note(chat, conversationOf(call.body, undefined, redact));
        book.close(chat, atUs);
      }
    } else if (message.type === "inference.completed" && chat !== undefined) {
      completed(call, chat, message.reply);
    }
    leases.release(message.request, atUs);
  };

  /** Nobody waits for it any more, since its decision went on or was closed. That is no failure of the call or its model. */
  const withdrawn = (request: string, atUs: number): void => {
    const call = open.get(request);
    if (call === undefined) return;
    open.delete(request);
    for (const span of [...leases.spansOf(request), ...(call.chat === undefined ? [] : [call.chat])]) {
      note(span, { [names.unfinished]: true });
      tell(span, "withdrawn", atUs);
    }
    if (call.chat !== undefined) {
      if (content) note(call.chat, conversationOf(call.body, undefined, redact));
      book.close(call.chat, atUs);
    }
    leases.release(request, atUs);
  };

  return {
    /** A turn of the scheduler. */
    turn: (row: DecidedRow): void => {
      const { actor, seq, input, effects, atUs } = row;
      if (input.type === "inference.requested") requested(input, atUs);
      if (input.type === "inference.attempted") attempted(input);
      if (input.type === "inference.completed" || input.type === "inference.failed") answered(input, atUs);
      if (input.type === "inference.paused") leases.pause(input.request, atUs);
      effects.forEach((effect, index) => {
        if (effect.type === "restoreSequence") leases.restore(effect.request, atUs);
        if (effect.type === "generate") started(effect, effectId(actor, seq, index), atUs);
        if (effect.type !== "send" || effect.body.type !== "inference.failed") return;
        const { request } = effect.body;
        if (input.type === "inference.cancelled" && input.request === request) withdrawn(request, atUs);
        // What was refused before it had its turn is answered without a call.
        else answered(effect.body, atUs);
      });
      leases.memory(row);
    },
  };
};

export type InferenceSpans = ReturnType<typeof inferenceSpans>;
