import type { Llama } from "node-llama-cpp";
import type { ChatTools } from "./gguf-model.ts";
import { loadGguf } from "./gguf-model.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { Refusal } from "./refusal.ts";
import { loadVoter } from "./voter-model.ts";
import type { Answer, FromChild, LlamaModelConfig, Question } from "./wire.ts";

export type ChildModelsDeps = { readonly post: (message: FromChild) => void };

/** The models of this process, each loaded when it is first asked. */
export type ChildModels = {
  start(threads: number): void;
  define(model: number, config: LlamaModelConfig): void;
  /** Loads it if it is not there, and returns the bytes that it takes. Throws as `answer` does. */
  load(model: number): Promise<number>;
  answer(model: number, question: Question, signal: AbortSignal): Promise<Answer>;
  /** Resolves when its memory is free. Never rejects. */
  forget(model: number): Promise<void>;
  /** What to tell the parent of an error that `answer` threw. */
  explain(cause: unknown): Pick<Extract<FromChild, { type: "refusal" }>, "code" | "message">;
};

type Engine = { readonly llama: Llama; readonly tools: ChatTools };

export const childModels = ({ post }: ChildModelsDeps): ChildModels => {
  const configs = new Map<number, LlamaModelConfig>();
  const loaded = new Map<number, Promise<LoadedModel>>();
  const open = new Map<number, Set<Promise<unknown>>>();
  let engine: Promise<Engine> | undefined;

  const load = async (model: number): Promise<LoadedModel> => {
    const config = configs.get(model);
    if (config === undefined || engine === undefined)
      throw new Refusal("MODEL_UNAVAILABLE", "the model was closed; open it again");
    const { llama, tools } = await engine;
    post({ type: "loading", model });
    try {
      return await (config.type === "voter" ? loadVoter(llama, config) : loadGguf(llama, tools, config));
    } catch (cause) {
      throw cause instanceof Refusal
        ? cause
        : new Refusal("MODEL_UNAVAILABLE", `cannot load ${config.file}: ${textOf(cause)}`);
    } finally {
      post({ type: "loaded", model });
    }
  };

  const present = (model: number): Promise<LoadedModel> => {
    const loading = loaded.get(model) ?? load(model);
    loaded.set(model, loading);
    return loading.catch((cause: unknown) => {
      // The file may be there the next time.
      if (loaded.get(model) === loading) loaded.delete(model);
      throw cause;
    });
  };

  const answerOnce = async (model: number, question: Question, signal: AbortSignal): Promise<Answer> =>
    (await present(model)).answer(question, signal);

  const dispose = async (model: number): Promise<void> => {
    const going = loaded.get(model);
    configs.delete(model);
    loaded.delete(model);
    // Memory taken away from under a computation would crash the process.
    await Promise.allSettled(open.get(model) ?? new Set<Promise<unknown>>());
    open.delete(model);
    await going?.then((each) => each.dispose()).catch(() => {});
  };

  return {
    start(threads) {
      engine ??= startEngine(threads);
      // Whoever asks is told; nobody may have asked yet.
      engine.catch(() => {});
    },
    define: (model, config) => void configs.set(model, config),
    async answer(model, question, signal) {
      const going = answerOnce(model, question, signal);
      const here = open.get(model) ?? new Set();
      open.set(model, here.add(going));
      try {
        return await going;
      } finally {
        here.delete(going);
      }
    },
    load: async (model) => (await present(model)).bytes,
    forget: dispose,
    explain: (cause) =>
      cause instanceof Refusal
        ? { code: cause.code, message: cause.message }
        : { code: "MODEL_UNAVAILABLE", message: `the engine failed: ${textOf(cause)}` },
  };
};

const startEngine = async (threads: number): Promise<Engine> => {
  const { getLlama, LlamaChat, LlamaLogLevel, resolveChatWrapper } = await import("node-llama-cpp");
  // `never`: nothing is compiled or downloaded on a user's machine.
  const llama = await getLlama({
    gpu: false,
    build: "never",
    maxThreads: threads,
    logLevel: LlamaLogLevel.disabled,
    progressLogs: false,
    skipDownload: true,
  });
  return { llama, tools: { LlamaChat, resolveChatWrapper: (model) => resolveChatWrapper(model) } };
};

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
