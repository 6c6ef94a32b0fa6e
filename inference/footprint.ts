import type { Footprint } from "./scheduling/memory.ts";

/** The dimensions of a model, as its file states them. Sizes in bytes. */
export type ModelShape = {
  readonly architecture: string;
  readonly name: string | null;
  readonly quantization: string;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly layers: number;
  readonly embedding: number;
  readonly feedForward: number;
  readonly heads: number;
  /** Heads that have keys and values of their own, in the layer that has most. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Numbers that the keys and values of one token are, over all layers. */
  readonly kvItemsPerToken: number;
  readonly vocabulary: number;
  /** Tokens that it was trained to look back at. */
  readonly trainedContext: number | null;
  /** Files that the model lies in; the weights are those of this one. */
  readonly parts: number;
};

/** The part of it that tells what it takes. */
export type SizedShape = Pick<
  ModelShape,
  "weightBytes" | "vocabulary" | "embedding" | "feedForward" | "kvItemsPerToken"
>;

/** What a context is made with. */
export type ContextShape = {
  /** Tokens of one conversation. */
  readonly context: number;
  /** Tokens that are computed at once. */
  readonly batch: number;
  /** Whether texts are made into vectors, too. Default: no. */
  readonly embeds?: boolean;
};

/** The engine's default, and the one that lets more models fit. */
export const USUAL_BATCH = 512;
export const SMALL_BATCH = 128;

const F16_BYTES = 2;
const F32_BYTES = 4;
/** The engine rounds a context up to whole pages of this many tokens. */
const CONTEXT_PAGE = 256;

export const kvBytesPerToken = ({ kvItemsPerToken }: SizedShape): number => kvItemsPerToken * F16_BYTES;

/**
 * What a batch needs at its widest place: at the logits, or within a layer. Found by what the engine reports with flash attention, and
 * within 1 % of it for llama models from 0.2 M to 8 B.
 */
export const computeBytes = (
  { vocabulary, embedding, feedForward }: SizedShape,
  { context, batch }: ContextShape,
): number => {
  const atLogits = vocabulary + 2 * embedding;
  // A mask of half-precision numbers over the context, the feed-forward part, and the state going in and coming out.
  const inLayer = context / 2 + 3 * feedForward + 4 * embedding;
  return Math.ceil(batch * Math.max(atLogits, inLayer)) * F32_BYTES;
};

/** Bytes of the keys and values of one conversation of so many tokens, all of which are taken at once. */
export const sequenceBytes = (shape: SizedShape, context: number): number =>
  Math.ceil(context / CONTEXT_PAGE) * CONTEXT_PAGE * kvBytesPerToken(shape);

/** Vectors of texts are made in a context of their own, of one sequence. */
const embeddingBytes = (shape: SizedShape, made: ContextShape): number =>
  computeBytes(shape, made) + sequenceBytes(shape, made.context);

/** What the scheduler sets aside for a model before it is loaded and measured. */
export const footprintOf = (shape: SizedShape, made: ContextShape): Footprint => ({
  baseBytes:
    shape.weightBytes + computeBytes(shape, made) + (made.embeds === true ? embeddingBytes(shape, made) : 0),
  sequenceBytes: sequenceBytes(shape, made.context),
});

/** The part of a memory of GPUs that is left when the driver and what cannot be estimated have theirs. */
const USABLE_PART = 0.92;

/** What all models of a run may take together, of the memory that the task grants. */
export const usableBytes = (memoryBytes: number): number => Math.floor(memoryBytes * USABLE_PART);
