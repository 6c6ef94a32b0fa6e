import type { ChatHistoryItem, LlamaChat, LlamaContextSequence } from "node-llama-cpp";
import type { Asked, Produced, SavedState } from "./loaded-model.ts";
import { stopIfAborted } from "./refusal.ts";
import type { SchemaGrammar } from "./schema-grammar.ts";
import { evaluationOf } from "./score-options.ts";

type Writing = {
  readonly sequence: LlamaContextSequence;
  readonly chat: LlamaChat;
  /** The conversation, with a reply to be filled in. */
  readonly history: readonly ChatHistoryItem[];
  readonly promptTokens: number;
  readonly asked: Asked;
  readonly grammar?: SchemaGrammar;
  readonly saved?: Extract<SavedState, { type: "text" }>;
};

/** A second try at a reply that did not fit its schema must not come out the same. */
const RETRY = { temperature: 0.7, seed: 1 } as const;

/** Writes a reply. One that must fit a schema and does not is written once more. */
export const writeText = async (writing: Writing): Promise<Produced> => {
  const { asked, grammar, promptTokens } = writing;
  const first = await write(writing, { temperature: asked.question.temperature });
  if (first.type === "paused") return first;
  const value = grammar?.read(first.text);
  if (grammar === undefined || value !== undefined) return answered(first, promptTokens, value);
  const second = await write({ ...writing, saved: undefined }, RETRY);
  if (second.type === "paused") return second;
  const both = { ...second, outputTokens: first.outputTokens + second.outputTokens };
  return answered(both, 2 * promptTokens, grammar.read(second.text));
};

type Written = {
  readonly type: "written";
  readonly text: string;
  readonly isCut: boolean;
  readonly outputTokens: number;
};

const answered = (
  { text, isCut, outputTokens }: Written,
  promptTokens: number,
  value: ReturnType<SchemaGrammar["read"]>,
): Produced => ({
  type: "answer",
  answer: {
    text,
    ...(value === undefined ? {} : { value }),
    finishReason: isCut ? "length" : "stop",
    usage: { promptTokens, outputTokens },
  },
});

type Sampling = { readonly temperature: number; readonly seed?: number };

const write = async (
  {
    sequence,
    chat,
    history,
    promptTokens,
    asked,
    grammar,
    saved,
  }: Omit<Writing, "saved"> & {
    readonly saved?: Writing["saved"] | undefined;
  },
  sampling: Sampling,
): Promise<Written | Extract<Produced, { type: "paused" }>> => {
  const { question, signal, pause, stateFile, onBegun, onText } = asked;
  const before = sequence.tokenMeter.getState();
  // Without this cap the engine would drop the oldest lines in silence to make room.
  const room = Math.min(question.maxTokens, sequence.contextSize - promptTokens);
  const canPause = stateFile !== undefined;
  const earlier = saved ?? { history, text: "", outputTokens: 0 };
  const paused = async (rest: {
    readonly history: readonly ChatHistoryItem[];
    readonly text: string;
    readonly outputTokens: number;
  }): Promise<Extract<Produced, { type: "paused" }>> => {
    const file = stateFile ?? "";
    await sequence.saveStateToFile(file);
    return { type: "paused", saved: { type: "text", file, ...rest } };
  };
  try {
    const { response, lastEvaluation, metadata } = await chat.generateResponse([...earlier.history], {
      ...sampling,
      ...evaluationOf(question.priority),
      ...(grammar === undefined ? {} : { grammar: grammar.grammar }),
      maxTokens: Math.max(1, room - earlier.outputTokens),
      signal: canPause ? AbortSignal.any([signal, pause]) : signal,
      stopOnAbortSignal: true,
      onToken: once(onBegun),
      ...(onText === undefined ? {} : { onTextChunk: onText }),
    });
    stopIfAborted(signal);
    const outputTokens =
      earlier.outputTokens + Math.min(sequence.tokenMeter.diff(before).usedOutputTokens, room);
    if (metadata.stopReason === "abort") {
      // A grammar cannot be taken up in the middle: then only the prompt is kept, and the reply begins anew.
      return await paused(
        grammar === undefined
          ? { history: lastEvaluation.cleanHistory, text: earlier.text + response, outputTokens }
          : { history, text: "", outputTokens: 0 },
      );
    }
    return {
      type: "written",
      text: earlier.text + response,
      isCut: metadata.stopReason === "maxTokens",
      outputTokens,
    };
  } catch (cause) {
    stopIfAborted(signal);
    // Stopped before its first token.
    if (canPause && pause.aborted) return paused(earlier);
    throw cause;
  }
};

const once = (tell: () => void): (() => void) => {
  let isTold = false;
  return () => {
    if (!isTold) tell();
    isTold = true;
  };
};
