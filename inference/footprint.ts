import type { Footprint } from "./scheduling/memory.ts";

/** What of a model's header says how much memory it takes. */
export type ModelShape = {
  /** Of the file; the weights are read as they are. */
  readonly fileBytes: number;
  readonly layers: number;
  readonly kvHeads: number;
  /** Width of one key and of one value. */
  readonly keyLength: number;
  readonly valueLength: number;
  readonly embedding: number;
  readonly vocabulary: number;
};

/** Tokens that one evaluation takes at most; what the engine does unless told otherwise. */
export const BATCH_TOKENS = 512;
const FLOAT_BYTES = 4;
const HALF_BYTES = 2;

/**
 * The memory of a model with contexts of so many tokens: weights, logits and two layers of activations for a batch, and 16-bit
 * keys and values of a whole context for each sequence. An 8B in Q4 with 4,096 tokens: 4,670 MiB and 512 for each sequence.
 */
export const footprintOf = (shape: ModelShape, contextTokens: number): Footprint => ({
  baseBytes: shape.fileBytes + BATCH_TOKENS * FLOAT_BYTES * (shape.vocabulary + 2 * shape.embedding),
  sequenceBytes:
    shape.layers * shape.kvHeads * (shape.keyLength + shape.valueLength) * HALF_BYTES * contextTokens,
});
