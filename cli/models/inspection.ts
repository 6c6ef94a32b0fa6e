import {
  computeBytes,
  kvBytesPerToken,
  sequenceBytes,
  SMALL_BATCH,
  USUAL_BATCH,
  type ModelShape,
} from "../../inference/footprint.ts";

/** What a model takes with one conversation of so many tokens, in bytes. */
export type ContextMemory = {
  readonly context: number;
  /** Keys and values of the conversation. */
  readonly sequenceBytes: number;
  readonly totalBytes: number;
  /** The same with a small batch. */
  readonly totalBytesSmallBatch: number;
};

export type MemoryTable = {
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  readonly computeBytes: number;
  readonly computeBytesSmallBatch: number;
  /** The context of these two: one that the model has. */
  readonly computeContext: number;
  readonly contexts: readonly ContextMemory[];
};

const USUAL_CONTEXT = 4096;
const CONTEXTS = [2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

/** Up to the context that the model was trained with; at least one row. */
export const memoryTable = (shape: ModelShape): MemoryTable => {
  const longest = shape.trainedContext ?? 32_768;
  const compute = (context: number, batch: number) => computeBytes(shape, { context, batch });
  const contexts = CONTEXTS.filter((context) => context <= longest);
  const computeContext = contexts.findLast((context) => context <= USUAL_CONTEXT) ?? longest;
  return {
    weightBytes: shape.weightBytes,
    kvBytesPerToken: kvBytesPerToken(shape),
    computeBytes: compute(computeContext, USUAL_BATCH),
    computeBytesSmallBatch: compute(computeContext, SMALL_BATCH),
    computeContext,
    contexts: (contexts.length === 0 ? [longest] : contexts).map((context) => {
      const conversation = sequenceBytes(shape, context);
      return {
        context,
        sequenceBytes: conversation,
        totalBytes: shape.weightBytes + compute(context, USUAL_BATCH) + conversation,
        totalBytesSmallBatch: shape.weightBytes + compute(context, SMALL_BATCH) + conversation,
      };
    }),
  };
};
