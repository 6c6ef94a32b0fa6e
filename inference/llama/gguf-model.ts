import type {
  ChatHistoryItem,
  ChatWrapper,
  Llama,
  LlamaChat,
  LlamaContextSequence,
  LlamaModel,
  Token,
} from "node-llama-cpp";
import type { ChatLine } from "../../coordination/protocol/inference-messages.ts";
import { confidenceOf } from "../confidence.ts";
import { bytesOf, type LoadedModel } from "./loaded-model.ts";
import { Refusal, stopIfAborted } from "./refusal.ts";
import { sequencesOf } from "./sequences.ts";
import type { Answer, GgufConfig, Question } from "./wire.ts";

/** The two things of the package that are needed besides a loaded engine; it is imported late, by the caller. */
export type ChatTools = {
  readonly resolveChatWrapper: (model: LlamaModel) => ChatWrapper;
  readonly LlamaChat: typeof LlamaChat;
};

/** Any model in GGUF. It reads conversations by its own chat template, or a plain one where it has none. */
export const loadGguf = async (llama: Llama, tools: ChatTools, config: GgufConfig): Promise<LoadedModel> => {
  const model = await llama.loadModel({ modelPath: config.file });
  const { context: contextSize, sequences: count } = config;
  const context = await model.createContext({ contextSize, sequences: count, threads: llama.maxThreads });
  const sequences = sequencesOf(context);
  const wrapper = tools.resolveChatWrapper(model);

  return {
    bytes: bytesOf(model.memoryUsage, context.memoryUsage),
    answer(question, signal) {
      const prompt = promptTokens(model, wrapper, question.lines);
      if (prompt.length >= context.contextSize)
        throw new Refusal("BAD_REQUEST", tooLong(prompt.length, context.contextSize));
      return sequences.lend((sequence) => {
        stopIfAborted(signal);
        return question.options === undefined
          ? writeText({
              sequence,
              prompt,
              question,
              signal,
              chat: new tools.LlamaChat({ contextSequence: sequence, chatWrapper: wrapper }),
            })
          : scoreOptions({ sequence, prompt, options: question.options, signal });
      });
    },
    async dispose() {
      await context.dispose();
      await model.dispose();
    },
  };
};

const tooLong = (tokens: number, context: number): string =>
  `the conversation has ${tokens} tokens and the model's context ${context}; raise its context or shorten the prompt`;

const promptTokens = (model: LlamaModel, wrapper: ChatWrapper, lines: readonly ChatLine[]): Token[] => {
  const { contextText } = wrapper.generateContextState({ chatHistory: historyOf(lines) });
  const tokens = contextText.tokenize(model.tokenizer);
  const bos = model.tokens.bos;
  return bos !== null && model.tokens.shouldPrependBosToken && tokens[0] !== bos ? [bos, ...tokens] : tokens;
};

/** The lines as the engine writes them, with an empty reply to be filled in. Many templates take one system line only. */
const historyOf = (lines: readonly ChatLine[]): ChatHistoryItem[] => {
  const system = lines.filter(({ role }) => role === "system").map(({ content }) => content);
  const others = lines.filter(({ role }) => role !== "system");
  return [
    ...(system.length === 0 ? [] : [{ type: "system", text: system.join("\n\n") } as const]),
    ...others.map(({ role, content }): ChatHistoryItem =>
      role === "assistant" ? { type: "model", response: [content] } : { type: "user", text: content },
    ),
    { type: "model", response: [] },
  ];
};

type Writing = {
  readonly sequence: LlamaContextSequence;
  readonly prompt: readonly Token[];
  readonly question: Question;
  readonly signal: AbortSignal;
  readonly chat: LlamaChat;
};

const writeText = async ({ sequence, prompt, question, signal, chat }: Writing): Promise<Answer> => {
  const before = sequence.tokenMeter.getState();
  // Without this cap the engine would drop the oldest lines in silence to make room.
  const maxTokens = Math.min(question.maxTokens, sequence.contextSize - prompt.length);
  try {
    const { response } = await chat.generateResponse(historyOf(question.lines), {
      maxTokens,
      temperature: question.temperature,
      signal,
    });
    const { usedOutputTokens } = sequence.tokenMeter.diff(before);
    return {
      text: response,
      usage: { promptTokens: prompt.length, outputTokens: Math.min(usedOutputTokens, maxTokens) },
    };
  } catch (cause) {
    stopIfAborted(signal);
    throw cause;
  } finally {
    chat.dispose({ disposeSequence: false });
  }
};

type Scoring = {
  readonly sequence: LlamaContextSequence;
  readonly prompt: readonly Token[];
  readonly options: readonly string[];
  readonly signal: AbortSignal;
};

/** The probability of each option is that of the reply starting with its text, among the options. */
const scoreOptions = async ({ sequence, prompt, options, signal }: Scoring): Promise<Answer> => {
  const logs: number[] = [];
  let optionTokens = 0;
  for (const option of options) {
    stopIfAborted(signal);
    const tokens = sequence.model.tokenize(option, false, "trimLeadingSpace");
    if (tokens.length === 0) throw new Refusal("BAD_REQUEST", "an option is empty; give each option a text");
    if (prompt.length + tokens.length > sequence.contextSize) {
      throw new Refusal("BAD_REQUEST", tooLong(prompt.length + tokens.length, sequence.contextSize));
    }
    optionTokens += tokens.length;
    logs.push(await logProbability(sequence, prompt, tokens));
  }
  const { choice, confidence, probabilities } = confidenceOf(options, logs, 1);
  const usage = { promptTokens: prompt.length, outputTokens: optionTokens };
  return { text: choice, choice, confidence, probabilities, usage };
};

const logProbability = async (
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  option: readonly Token[],
): Promise<number> => {
  // All but the last token of the prompt stay as they were computed for the option before.
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  const kept = Math.min(sequence.nextTokenIndex, prompt.length - 1);
  const outputs = await sequence.controlledEvaluate([
    ...prompt.slice(kept, -1),
    ...[...prompt.slice(-1), ...option.slice(0, -1)].map((token, index): [Token, NextLogit] => [
      token,
      nextLogit(option[index]),
    ]),
  ]);
  const nexts = outputs.slice(prompt.length - 1 - kept);
  return option.reduce((sum, token, index) => sum + logOf(nexts[index]?.next, token), 0);
};

type NextLogit = {
  readonly generateNext: {
    readonly logits: { readonly filter: { readonly tokens: readonly Token[]; readonly includeTop: number } };
    readonly totalLogitWeight: true;
  };
};

// `includeTop: 1` brings the highest logit, which the total weight is relative to; `includeMax` does not bring it.
const nextLogit = (token: Token | undefined): NextLogit => ({
  generateNext: {
    logits: { filter: { tokens: token === undefined ? [] : [token], includeTop: 1 } },
    totalLogitWeight: true,
  },
});

type Next = { readonly logits?: ReadonlyMap<Token, number>; readonly totalLogitWeight?: number };

const logOf = (next: Next | undefined, token: Token): number => {
  const logits = next?.logits;
  const logit = logits?.get(token);
  const weight = next?.totalLogitWeight;
  if (logits === undefined || logit === undefined || weight === undefined) {
    throw new Refusal(
      "MODEL_UNAVAILABLE",
      "the engine gave no probability for an option; ask for free text instead",
    );
  }
  return logit - Math.max(...logits.values()) - Math.log(weight);
};
