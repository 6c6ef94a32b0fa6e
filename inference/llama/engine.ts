import type { InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import { failed, type InferenceOutcome, type LanguageModel } from "../model.ts";
import { engineProcess, type EngineProcess } from "./engine-process.ts";
import { readGgufHeader } from "./gguf-header.ts";
import type { LlamaModelConfig } from "./wire.ts";

export type LlamaEngineConfig = {
  /** The compiled `child.ts`: a path or a file URL. */
  readonly childEntry: string | URL;
  /** Processes. Voters are loaded into each of them, any other model into one. */
  readonly processes: number;
  /** Threads a process. More than there are cores makes everything many times slower. */
  readonly threads: number;
  /** Microseconds since 1970. */
  readonly nowUs: () => number;
};

/** llama.cpp, in processes of its own: a crash there fails the requests in flight, and nothing else. */
export type LlamaEngine = {
  /** A model that is loaded when it is first asked. */
  model(config: LlamaModelConfig): LanguageModel;
  /** Ids of the processes that run now. */
  pids(): readonly number[];
  /** Ends all processes and resolves when they are gone. Again: does nothing. */
  close(): Promise<void>;
};

export const llamaEngine = ({ childEntry, processes, threads, nowUs }: LlamaEngineConfig): LlamaEngine => {
  const pool = Array.from({ length: Math.max(1, processes) }, () => engineProcess({ childEntry, threads }));
  let models = 0;
  let largeModels = 0;

  return {
    model(config) {
      const model = models++;
      // Several copies of a voter cost a megabyte each; of any other model there is room for one.
      const homes =
        config.type === "voter"
          ? pool
          : [pool[largeModels++ % pool.length]].filter((home) => home !== undefined);
      return languageModel({ model, config, homes, nowUs });
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

const languageModel = ({ model, config, homes, nowUs }: Home): LanguageModel => {
  let isClosed = false;
  let isChecked = false;

  const problemOf = async (): Promise<InferenceOutcome | undefined> => {
    if (isChecked) return undefined;
    const header = readGgufHeader(config.file);
    if (header.type !== "gguf") return failed("MODEL_UNAVAILABLE", header.message);
    isChecked = true;
    return undefined;
  };

  return {
    async infer(request, signal) {
      const startedAtUs = nowUs();
      const problem = await problemOf();
      if (isClosed) return failed("ABORTED", `the model ${config.name} is closed; open it again`);
      if (problem !== undefined) return problem;
      const answered = await leastLoaded(homes).ask({ model, config, question: questionOf(request), signal });
      if (answered.type === "failure") return answered;
      return {
        type: "reply",
        reply: { ...answered.answer, model: config.name, startedAtUs, finishedAtUs: nowUs() },
      };
    },
    close: async () => {
      isClosed = true;
      for (const home of homes) home.forget(model);
    },
  };
};

const leastLoaded = (homes: readonly EngineProcess[]): EngineProcess =>
  homes.reduce((best, home) => (home.load() < best.load() ? home : best));

const questionOf = ({ lines, options, maxTokens, temperature }: InferenceRequest) => ({
  lines,
  maxTokens,
  temperature,
  ...(options === undefined ? {} : { options }),
});
