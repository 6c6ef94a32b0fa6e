import { effectId } from "../../coordination/protocol/ids.ts";
import type { Generate } from "../../coordination/protocol/effect.ts";
import type {
  InferenceAttempted,
  InferenceCompleted,
  InferenceFailed,
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
  /** It stands still for others; nobody works on it. */
  isPaused?: boolean;
  /** Whoever asked was told that it failed; the engine has not let go of it yet. */
  isWithdrawn?: boolean;
  /** It was withdrawn by whoever asked. */
  isUnwanted?: boolean;
  /** Kept for its prompt only, where that is told: it is large. */
  body?: Generate["body"];
};

export type InferenceDeps = {
  readonly book: SpanBook;
  readonly plan: TracedPlan;
  /** The span on whose behalf a question was asked. */
  readonly askerOf: (question: InferenceRequested) => SpanRef;
  readonly redact: Redact;
  /** The same for the sentences of errors. */
  readonly explain: Redact;
  /** Whether prompts and replies are told. */
  readonly content: boolean;
};

/** Models in this process or in a child of it, which are no services on a network. */
const ownProviders: ReadonlySet<string> = new Set(["voter", "llama", "scripted"]);

/** Calls of models: how long each waited for its turn, how long it held it, and the call itself. */
export const inferenceSpans = ({ book, plan, askerOf, redact, explain, content }: InferenceDeps) => {
  const open = new Map<string, Call>();
  const leases = leaseSpans(book, plan);

  const requested = (input: InferenceRequested, atUs: number): void => {
    const { request } = input;
    const agent = askerOf(input);
    const [id, wait, hold] = book.ids(`call ${request}`);
    leases.wait(input, agent, { wait, hold }, atUs);
    open.set(request, { id, agent, chat: undefined });
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
    if (content) call.body = body;
  };

  /** A try has failed, and another follows. */
  const attempted = ({ request, attempt, failure, startedAtUs, finishedAtUs }: InferenceAttempted): void => {
    const call = open.get(request);
    if (call?.chat === undefined) return;
    call.retriedFromUs ??= startedAtUs;
    call.chat.startUs = call.retriedFromUs;
    tell(call.chat, "retry", finishedAtUs, { [names.attempt]: attempt, [names.errorType]: failure.code });
  };

  const completed = (call: Call, chat: OpenSpan, reply: InferenceReply): void => {
    const { startedAtUs, finishedAtUs, firstChunkAtUs, usage, model, servedModel, finishReason } = reply;
    chat.startUs = call.retriedFromUs ?? startedAtUs;
    const { attributes } = chat;
    attributes[names.genAiResponseModel] = servedModel ?? model;
    attributes[names.genAiInputTokens] = usage.promptTokens;
    attributes[names.genAiOutputTokens] = usage.outputTokens;
    if (finishReason !== undefined) attributes[names.genAiFinishReasons] = [finishReason];
    if (firstChunkAtUs !== undefined) {
      attributes[names.genAiTimeToFirstChunk] = Math.max(0, firstChunkAtUs - startedAtUs) / 1e6;
      tell(chat, "first_chunk", firstChunkAtUs);
    }
    // It was over by then: nobody knew yet.
    if (call.isUnwanted === true) chat.events = chat.events.filter(({ atUs }) => atUs <= finishedAtUs);
    if (call.body !== undefined) note(chat, conversationOf(call.body, reply, redact));
    book.close(chat, finishedAtUs);
  };

  const spansOf = (request: string, { chat }: Call): readonly OpenSpan[] =>
    chat === undefined ? leases.spansOf(request) : [...leases.spansOf(request), chat];

  const failed = ({ request, failure }: InferenceFailed, call: Call): void => {
    for (const span of spansOf(request, call)) fail(span, failure.code, explain(failure.message));
  };

  const over = (request: string, call: Call, atUs: number): void => {
    const { chat, body, isUnwanted } = call;
    open.delete(request);
    if (isUnwanted === true)
      for (const span of spansOf(request, call)) note(span, { [names.unfinished]: true });
    if (chat !== undefined) {
      if (body !== undefined) note(chat, conversationOf(body, undefined, redact));
      book.close(chat, atUs);
    }
    leases.release(request, atUs);
  };

  /** The scheduler says that a call has failed: the engine's own word, or before that. */
  const refused = (message: InferenceFailed, input: Message, atUs: number): void => {
    const call = open.get(message.request);
    if (call === undefined) return;
    // Nobody waits for it any more, since its decision went on or was closed: no failure of the call or its model.
    if (input.type === "inference.cancelled" && input.request === message.request) {
      call.isUnwanted = true;
      for (const span of spansOf(message.request, call)) tell(span, "withdrawn", atUs);
    } else {
      failed(message, call);
    }
    // The engine holds it, and may work at it, until it lets go.
    if (call.chat !== undefined && call.isPaused !== true) call.isWithdrawn = true;
    else over(message.request, call, atUs);
  };

  const answered = (message: InferenceCompleted | InferenceFailed, atUs: number): void => {
    const { request } = message;
    const call = open.get(request);
    if (call === undefined) return;
    if (message.type === "inference.failed") {
      // Why it was withdrawn says more than that it was.
      if (call.isWithdrawn !== true) failed(message, call);
      return over(request, call, atUs);
    }
    open.delete(request);
    if (call.chat !== undefined) completed(call, call.chat, message.reply);
    leases.release(request, atUs);
  };

  const paused = (request: string, atUs: number): void => {
    const call = open.get(request);
    if (call?.isWithdrawn === true) return over(request, call, atUs);
    if (call !== undefined) call.isPaused = true;
    leases.pause(request, atUs);
  };

  const restored = (request: string, atUs: number): void => {
    const call = open.get(request);
    if (call !== undefined) call.isPaused = false;
    leases.restore(request, atUs);
  };

  return {
    /** A turn of the scheduler. */
    turn: (row: DecidedRow): void => {
      const { actor, seq, input, effects, atUs } = row;
      if (input.type === "inference.requested") requested(input, atUs);
      if (input.type === "inference.attempted") attempted(input);
      if (input.type === "inference.completed" || input.type === "inference.failed") answered(input, atUs);
      if (input.type === "inference.paused") paused(input.request, atUs);
      effects.forEach((effect, index) => {
        if (effect.type === "restoreSequence") restored(effect.request, atUs);
        if (effect.type === "generate") started(effect, effectId(actor, seq, index), atUs);
        if (effect.type === "send" && effect.body.type === "inference.failed")
          refused(effect.body, input, atUs);
      });
      leases.memory(row);
    },
  };
};

export type InferenceSpans = ReturnType<typeof inferenceSpans>;
