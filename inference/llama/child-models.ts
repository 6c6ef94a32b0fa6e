import { rmSync } from "node:fs";
import { join } from "node:path";
import { quoted } from "../../coordination/protocol/quoted.ts";
import type { Llama } from "node-llama-cpp";
import type { ChatTools } from "./gguf-model.ts";
import { loadGguf } from "./gguf-model.ts";
import type { Asked, LoadedModel, Produced, SavedState } from "./loaded-model.ts";
import { Refusal } from "./refusal.ts";
import { loadVoter } from "./voter-model.ts";
import type { Answer, FromChild, LlamaModelConfig, Start } from "./wire.ts";

export type ChildModelsDeps = { readonly post: (message: FromChild) => void };

/** A question as it came, without what this process keeps of it. */
export type Call = Omit<Asked, "stateFile" | "saved"> & {
  /** The name under which it can be paused; absent: it cannot. */
  readonly call?: string;
};

/** The models of this process, each loaded when it is first asked. */
export type ChildModels = {
  start(start: Start): void;
  define(model: number, config: LlamaModelConfig): void;
  /** Resolves to what it takes, in bytes. */
  load(model: number): Promise<number>;
  unload(model: number): Promise<void>;
  answer(
    model: number,
    call: Call,
  ): Promise<{ readonly type: "answer"; readonly answer: Answer } | { readonly type: "paused" }>;
  embed(model: number, texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
  /** Drops what is kept of a paused question. */
  discard(call: string): void;
  forget(model: number): void;
  /** What to tell the parent of an error that one of these threw. */
  explain(cause: unknown): Pick<Extract<FromChild, { type: "refusal" }>, "code" | "message">;
};

type Engine = { readonly llama: Llama; readonly tools: ChatTools };

export const childModels = ({ post }: ChildModelsDeps): ChildModels => {
  const configs = new Map<number, LlamaModelConfig>();
  const loaded = new Map<number, Promise<LoadedModel>>();
  const open = new Map<number, Set<Promise<unknown>>>();
  /** Bytes of models that are loaded or about to be. */
  const taken = new Map<number, number>();
  const paused = new Map<string, { readonly model: number; readonly saved: SavedState }>();
  let settings: Start = { type: "start", threads: 1 };
  let engine: Promise<Engine> | undefined;
  let states = 0;

  const load = async (model: number): Promise<LoadedModel> => {
    const config = configs.get(model);
    if (config === undefined || engine === undefined)
      throw new Refusal("MODEL_UNAVAILABLE", "the model was closed; open it again");
    const { llama, tools } = await engine;
    reserve(model, config);
    post({ type: "loading", model });
    try {
      const ready = await (config.type === "voter"
        ? loadVoter(llama, config)
        : loadGguf(llama, tools, config));
      taken.set(model, ready.bytes());
      return ready;
    } catch (cause) {
      taken.delete(model);
      if (cause instanceof Refusal) throw cause;
      const isMemory = cause instanceof Error && cause.constructor.name === "InsufficientMemoryError";
      throw new Refusal(
        isMemory ? "OVERLOADED" : "MODEL_UNAVAILABLE",
        `cannot load ${config.file}: ${quoted(textOf(cause))}`,
      );
    } finally {
      post({ type: "loaded", model });
    }
  };

  /** The engine holds contexts to the cap, and does not look at weights. */
  const reserve = (model: number, { file, bytes = 0 }: LlamaModelConfig): void => {
    const used = [...taken.values()].reduce((sum, each) => sum + each, 0);
    const cap = settings.ramCapBytes;
    if (cap !== undefined && used + bytes > cap)
      throw new Refusal(
        "OVERLOADED",
        `cannot load ${file}: it takes ${bytes} bytes, and ${Math.max(0, cap - used)} of ${cap} are free`,
      );
    taken.set(model, bytes);
  };

  const ready = async (model: number): Promise<LoadedModel> => {
    const loading = loaded.get(model) ?? load(model);
    loaded.set(model, loading);
    return loading.catch((cause: unknown) => {
      // The file may be there the next time.
      if (loaded.get(model) === loading) loaded.delete(model);
      throw cause;
    });
  };

  const unload = async (model: number): Promise<void> => {
    const going = loaded.get(model);
    loaded.delete(model);
    // Memory taken away from under a computation would crash the process.
    await Promise.allSettled(open.get(model) ?? new Set<Promise<unknown>>());
    open.delete(model);
    await going?.then((each) => each.dispose()).catch(() => {});
    if (!loaded.has(model)) taken.delete(model);
  };

  /** Counts work of a model, so that its memory stays until it is done. */
  const working = async <Result>(model: number, work: Promise<Result>): Promise<Result> => {
    const here = open.get(model) ?? new Set();
    open.set(model, here.add(work));
    try {
      return await work;
    } finally {
      here.delete(work);
    }
  };

  const produce = async (model: number, { call, ...asked }: Call): Promise<Produced> => {
    const known = await ready(model);
    const kept = call === undefined ? undefined : paused.get(call);
    if (call !== undefined) paused.delete(call);
    const folder = call === undefined ? undefined : settings.stateFolder;
    try {
      return await known.answer({
        ...asked,
        ...(folder === undefined ? {} : { stateFile: join(folder, `${++states}.state`) }),
        ...(kept?.model === model ? { saved: kept.saved } : {}),
      });
    } finally {
      if (kept !== undefined) remove(kept.saved);
    }
  };

  return {
    start(start) {
      settings = start;
      engine ??= startEngine(start);
      // Whoever asks is told; nobody may have asked yet.
      engine.catch(() => {});
    },
    define: (model, config) => void configs.set(model, config),
    load: async (model) => (await ready(model)).bytes(),
    unload,
    async answer(model, call) {
      const produced = await working(model, produce(model, call));
      if (produced.type === "answer" || call.call === undefined)
        return produced.type === "answer" ? produced : { type: "paused" };
      paused.set(call.call, { model, saved: produced.saved });
      return { type: "paused" };
    },
    embed: (model, texts, signal) =>
      working(
        model,
        ready(model).then((known) => known.embed(texts, signal)),
      ),
    discard(call) {
      const kept = paused.get(call);
      paused.delete(call);
      if (kept !== undefined) remove(kept.saved);
    },
    forget(model) {
      configs.delete(model);
      void unload(model);
    },
    explain: (cause) =>
      cause instanceof Refusal
        ? { code: cause.code, message: cause.message }
        : { code: "MODEL_UNAVAILABLE", message: `the engine failed: ${quoted(textOf(cause))}` },
  };
};

const remove = ({ file }: SavedState): void => rmSync(file, { force: true });

const startEngine = async ({ threads, ramCapBytes }: Start): Promise<Engine> => {
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
  if (ramCapBytes !== undefined) await llama.setRamCap(ramCapBytes);
  return { llama, tools: { LlamaChat, resolveChatWrapper: (model) => resolveChatWrapper(model) } };
};

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
