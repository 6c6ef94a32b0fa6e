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
import { fitContext } from "../context/fit.ts";
import { embedderOf } from "./embedder.ts";
import { explainChoice } from "./explain-choice.ts";
import type { Asked, LoadedModel, Produced } from "./loaded-model.ts";
import { Refusal, stopIfAborted } from "./refusal.ts";
import { schemaGrammar } from "./schema-grammar.ts";
import { scoreOptions, tooLong } from "./score-options.ts";
import { sequencesOf } from "./sequences.ts";
import type { GgufConfig, Question } from "./wire.ts";
import { writeText } from "./write-text.ts";

/** The two things of the package that are needed besides a loaded engine; it is imported late, by the caller. */
export type ChatTools = {
  readonly resolveChatWrapper: (model: LlamaModel) => ChatWrapper;
  readonly LlamaChat: typeof LlamaChat;
};

/** Any model in GGUF. It reads conversations by its own chat template, or a plain one where it has none. */
export const loadGguf = async (llama: Llama, tools: ChatTools, config: GgufConfig): Promise<LoadedModel> => {
  // Mapped files count twice where the engine packs their weights anew for the processor.
  const model = await llama.loadModel({ modelPath: config.file, useMmap: false });
  const { context: contextSize, sequences: count, batch, threads = llama.maxThreads } = config;
  const context = await model
    .createContext({
      contextSize,
      sequences: count,
      threads,
      ...(batch === undefined ? {} : { batchSize: batch }),
    })
    .catch(async (cause: unknown) => {
      await model.dispose();
      throw cause;
    });
  const embedder =
    config.embeds === true
      ? await embedderOf(model, context, threads).catch(async (cause: unknown) => {
          await context.dispose();
          await model.dispose();
          throw cause;
        })
      : undefined;
  const sequences = sequencesOf(context);
  const wrapper = tools.resolveChatWrapper(model);

  const produce = async (
    sequence: LlamaContextSequence,
    prompt: readonly Token[],
    asked: Asked,
  ): Promise<Produced> => {
    const { question, signal } = asked;
    stopIfAborted(signal);
    const saved = await restore(sequence, asked);
    const scored =
      question.options === undefined
        ? undefined
        : await scoreOptions({
            sequence,
            prompt,
            options: question.options,
            asked,
            ...(saved?.type === "options" ? { saved } : {}),
          });
    if (scored?.type === "paused" || (scored !== undefined && question.reason === undefined)) return scored;
    const grammar = question.schema === undefined ? undefined : await schemaGrammar(llama, question.schema);
    const chat = new tools.LlamaChat({ contextSequence: sequence, chatWrapper: wrapper });
    try {
      if (scored !== undefined)
        return await explainChoice({ sequence, chat, history: historyOf(question.lines), scored, asked });
      return await writeText({
        sequence,
        chat,
        history: historyOf(question.lines),
        promptTokens: prompt.length,
        asked,
        ...(grammar === undefined ? {} : { grammar }),
        ...(saved?.type === "text" ? { saved } : {}),
      });
    } finally {
      chat.dispose({ disposeSequence: false });
    }
  };

  return {
    bytes: () => total(model.memoryUsage) + total(context.memoryUsage) + (embedder?.bytes ?? 0),
    async answer(asked) {
      const { question } = asked;
      const tokens = (lines: readonly ChatLine[]) => promptTokens(model, wrapper, lines);
      const whole = tokens(question.lines);
      if (whole.length < context.contextSize)
        return sequences.lend((sequence) => produce(sequence, whole, asked));
      const lines = shortened(model, question, context.contextSize);
      const prompt = lines === undefined ? whole : tokens(lines.lines);
      if (lines === undefined || prompt.length >= context.contextSize)
        throw new Refusal("BAD_REQUEST", tooLong(whole.length, context.contextSize));
      const shorter = { ...asked, question: { ...question, lines: lines.lines } };
      const produced = await sequences.lend((sequence) => produce(sequence, prompt, shorter));
      if (produced.type === "paused") return produced;
      const told = { fromTokens: whole.length, toTokens: prompt.length, level: lines.level };
      return { type: "answer", answer: { ...produced.answer, shortened: told } };
    },
    async embed(texts, signal) {
      if (embedder === undefined)
        throw new Refusal(
          "BAD_REQUEST",
          `${config.name} was opened without \`embeds\`, and makes no vectors`,
        );
      return embedder.embed(texts, signal);
    },
    async dispose() {
      await embedder?.dispose();
      await context.dispose();
      await model.dispose();
    },
  };
};

/** What a chat template may add to a line, in tokens. */
const LINE_TOKENS = 16;
/** Part of the context that a reply may keep free of its conversation. */
const REPLY_PART = 0.25;

/** The conversation as far as it fits beside a reply; `undefined` where what may not be cut is too long. */
const shortened = (model: LlamaModel, { lines, maxTokens }: Question, contextSize: number) => {
  const budget = Math.floor(contextSize - Math.min(maxTokens, contextSize * REPLY_PART));
  const count = (text: string): number => model.tokenize(text).length;
  const fitted = fitContext(lines, { budget, count, overhead: LINE_TOKENS });
  return fitted.type === "shortened" ? fitted : undefined;
};

const total = ({ ram, vram }: { readonly ram: number; readonly vram: number }): number => ram + vram;

/** Brings back what was computed of a paused question. If that cannot be, it begins anew. */
const restore = async (
  sequence: LlamaContextSequence,
  { saved }: Asked,
): Promise<Asked["saved"] | undefined> => {
  if (saved === undefined) return undefined;
  try {
    // The risk is another model's state; the caller keeps each under the model that it is of.
    await sequence.loadStateFromFile(saved.file, { acceptRisk: true });
    return saved;
  } catch {
    await sequence.clearHistory();
    return undefined;
  }
};

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
