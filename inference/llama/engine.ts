import type { InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import { footprintOf, USUAL_BATCH } from "../footprint.ts";
import { failed, type EmbeddingOutcome, type InferenceOutcome, type LanguageModel } from "../model.ts";
import { VOTER_CONTEXT } from "../voters/footprint.ts";
import { engineProcess, type EngineProcess } from "./engine-process.ts";
import type { Ask, EngineFailure } from "./engine-result.ts";
import { readGgufHeader } from "./gguf-header.ts";
import type { LlamaModelConfig, Question } from "./wire.ts";

export type LlamaEngineConfig = {
  /** The compiled `child.ts`: a path or a file URL. */
  readonly childEntry: string | URL;
  /** Processes. Voters are loaded into each of them, any other model into one. */
  readonly processes: number;
  /** Threads a process. More than there are cores makes everything many times slower. */
  readonly threads: number;
  /** Microseconds since 1970. */
  readonly nowUs: () => number;
  /** Bytes that the models of a process may take together. Default: what the machine has. */
  readonly ramCapBytes?: number;
};

/** llama.cpp, in processes of its own: a crash there fails the requests in flight, and nothing else. */
export type LlamaEngine = {
  /** A model that is loaded when it is first asked, or as its `residency` is told. */
  model(config: LlamaModelConfig): LanguageModel;
  /** Ids of the processes that run now. */
  pids(): readonly number[];
  /** Ends all processes and resolves when they are gone. Again: does nothing. */
  close(): Promise<void>;
};

/** A model of less is computed faster by one thread than by several that wait for each other. */
const SMALL_MODEL_BYTES = 64 * 1024 * 1024;

export const llamaEngine = ({ processes, nowUs, ...config }: LlamaEngineConfig): LlamaEngine => {
  const pool = Array.from({ length: Math.max(1, processes) }, () => engineProcess(config));
  let models = 0;
  let largeModels = 0;

  return {
    model(modelConfig) {
      const model = models++;
      // Several copies of a voter cost some twenty megabytes each; of any other model there is room for one.
      const homes =
        modelConfig.type === "voter"
          ? pool
          : [pool[largeModels++ % pool.length]].filter((home) => home !== undefined);
      return languageModel({ model, config: modelConfig, homes, nowUs });
    },
    pids: () => pool.map((each) => each.pid()).filter((pid) => pid !== undefined),
    close: async () => {
      await Promise.all(pool.map((each) => each.close()));
    },
  };
};

type Home = {
  readonly model: number;
  readonly config: LlamaModelConfig;
  readonly homes: readonly EngineProcess[];
  readonly nowUs: () => number;
};

const languageModel = ({ model, config: given, homes, nowUs }: Home): LanguageModel => {
  let isClosed = false;
  let config = given;
  let isChecked = false;
  const temperature =
    given.type === "gguf" && given.temperature !== undefined ? { temperature: given.temperature } : {};

  /** Looks at the file before the engine does; `undefined` if it is fit to be loaded. */
  const problem = (): EngineFailure | undefined => {
    if (isClosed) return failed("ABORTED", `the model ${given.name} is closed; open it again`);
    if (isChecked) return undefined;
    const header = readGgufHeader(given.file);
    if (header.type !== "gguf") return failed("MODEL_UNAVAILABLE", header.message);
    isChecked = true;
    config = measured(config, header.shape);
    return undefined;
  };

  type Asking = Partial<Pick<Ask, "call" | "onText">> & { readonly priority?: number };
  const ask = async (
    request: InferenceRequest,
    signal: AbortSignal,
    { priority = 0, ...asking }: Asking = {},
  ) => {
    const startedAtUs = nowUs();
    const flaw = problem();
    if (flaw !== undefined) return flaw;
    let firstChunkAtUs: number | undefined;
    const answered = await leastLoaded(homes).ask({
      model,
      config,
      question: { ...questionOf(request), ...temperature, priority: batchPriority(priority) },
      signal,
      onBegun: () => (firstChunkAtUs ??= nowUs()),
      ...asking,
    });
    if (answered.type !== "answer") return answered;
    const first = firstChunkAtUs === undefined ? {} : { firstChunkAtUs };
    return {
      type: "reply" as const,
      reply: { ...answered.answer, model: given.name, startedAtUs, ...first, finishedAtUs: nowUs() },
    };
  };
  const infer = async (
    request: InferenceRequest,
    signal: AbortSignal,
    onText?: (text: string) => void,
  ): Promise<InferenceOutcome> => {
    const outcome = await ask(request, signal, onText === undefined ? {} : { onText });
    return outcome.type === "paused" ? failed("ABORTED", "the request was paused by nobody") : outcome;
  };

  const [home] = homes;
  const embed = async (
    texts: readonly string[],
    signal: AbortSignal,
    at: EngineProcess,
  ): Promise<EmbeddingOutcome> => {
    const flaw = problem();
    if (flaw !== undefined) return flaw;
    const made = await at.embed({ model, config, signal, texts });
    return made.type === "vectors" ? { type: "embedded", vectors: made.vectors } : made;
  };
  return {
    infer: (request, signal) => infer(request, signal),
    close: async () => {
      isClosed = true;
      for (const each of homes) each.forget(model);
    },
    ...(given.type === "voter" || home === undefined
      ? {}
      : {
          stream: infer,
          ...(given.embeds === true ? { embed: (texts, signal) => embed(texts, signal, home) } : {}),
          residency: {
            async load(sequences, signal) {
              if (config.type === "gguf" && config.sequences !== sequences) {
                await home.takeOut(model);
                config = { ...config, sequences };
                isChecked = false;
              }
              const flaw = problem();
              if (flaw !== undefined) return flaw;
              const made = await home.bringIn({ model, config, signal });
              return made.type === "resident" ? { type: "loaded", bytes: made.bytes } : made;
            },
            unload: () => home.takeOut(model),
          },
          pausing: {
            infer: ({ request, body, priority }, signal) =>
              ask(body, signal, { call: request, ...(priority === undefined ? {} : { priority }) }),
            pause: (request) => home.pause(request),
            discard: (request) => home.discard(request),
          },
        }),
  };
};

/** What the model is expected to take, and how many threads it is worth. */
const measured = (config: LlamaModelConfig, shape: Parameters<typeof footprintOf>[0]): LlamaModelConfig => {
  const context = config.type === "voter" ? VOTER_CONTEXT : { ...config, batch: config.batch ?? USUAL_BATCH };
  const { baseBytes, sequenceBytes } = footprintOf(shape, context);
  const sized = { ...config, bytes: Math.ceil(baseBytes + context.sequences * sequenceBytes) };
  return sized.type === "gguf" && sized.threads === undefined && shape.weightBytes < SMALL_MODEL_BYTES
    ? { ...sized, threads: 1 }
    : sized;
};

/** The engine knows five steps, 5 the highest; a call of 0 has the middle one. */
const batchPriority = (priority: number): number =>
  3 + Math.sign(priority) * Math.min(2, Math.ceil(Math.abs(priority)));

const leastLoaded = (homes: readonly EngineProcess[]): EngineProcess =>
  homes.reduce((best, home) => (home.load() < best.load() ? home : best));

const questionOf = ({
  lines,
  options,
  reason,
  schema,
  maxTokens,
  temperature,
}: InferenceRequest): Question => ({
  lines,
  maxTokens,
  temperature,
  ...(options === undefined ? {} : { options }),
  ...(reason === undefined ? {} : { reason }),
  ...(schema === undefined ? {} : { schema }),
});
