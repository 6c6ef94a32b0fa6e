import type { LlamaContext, LlamaModel } from "node-llama-cpp";
import { Refusal, stopIfAborted } from "./refusal.ts";
import { tooLong } from "./score-options.ts";

/** What makes texts into vectors. */
export type Embedder = {
  /** What it takes besides the model and the context of its conversations. */
  readonly bytes: number;
  /** A vector a text. Throws `Refusal`. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
  dispose(): Promise<void>;
};

/** The engine makes vectors in a context of their own only. This one is as long and as wide as one conversation of `beside`. */
export const embedderOf = async (
  model: LlamaModel,
  { contextSize, batchSize, flashAttention }: LlamaContext,
  threads: number,
): Promise<Embedder> => {
  // The engine does not tell what such a context takes once it is there, but it can be asked before, and holds it to just that.
  const { cpuRam, gpuVram } = await model.fileInsights.estimateContextResourceRequirementsV2({
    contextSize,
    batchSize,
    flashAttention,
    sequences: 1,
    modelGpuLayers: model.gpuLayers,
    isEmbeddingContext: true,
  });
  const context = await model.createEmbeddingContext({ contextSize, batchSize, threads });
  return {
    bytes: cpuRam + gpuVram,
    async embed(texts, signal) {
      const vectors: number[][] = [];
      for (const text of texts) {
        stopIfAborted(signal);
        const length = context.calculateInputLength(text);
        if (length >= contextSize) throw new Refusal("BAD_REQUEST", tooLong(length, contextSize));
        vectors.push([...(await context.getEmbeddingFor(text)).vector]);
      }
      return vectors;
    },
    dispose: () => context.dispose(),
  };
};
