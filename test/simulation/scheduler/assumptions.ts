import type { Footprint } from "../../../inference/scheduling/memory.ts";

// What the simulated machine is taken to do. Nothing of this was measured here: memory sizes are those of the design, speeds
// are the round figures of an 8 GB desktop card (272 GB/s, PCIe 4.0 x8) with llama.cpp. The results hold for these only.

const MIB = 1024 * 1024;

/** 8 GB less 8 % that a driver and a desktop keep. */
export const BUDGET_BYTES = 7537 * MIB;
/** Tokens of a context. */
export const CONTEXT_TOKENS = 4096;

/** What of the card's bandwidth reading weights, keys and values gets. Bytes a second. */
export const MEMORY_BYTES_PER_S = 0.8 * 272e9;
/** Reading a model from the page cache into the card. */
export const LOAD_BYTES_PER_S = 3e9;
/** Making a context and the first computation, which warms it up. */
export const LOAD_FIXED_S = 0.5;
export const UNLOAD_S = 0.1;
/** Keys and values to host memory and back. */
export const COPY_BYTES_PER_S = 12e9;
/** Starting one evaluation: kernels, sampling, the way to the scheduler and back. */
export const EVALUATION_S = 0.001;

export type ModelName = "8B" | "3B" | "1B";

type ModelFacts = {
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number;
  readonly embedding: number;
  /** Tokens of a prompt a second, in batches of 512. */
  readonly prefillPerS: number;
};

/** Q4_K_M. A prefill rate is about that of a card with 15 TFLOP/s. */
export const MODELS: Readonly<Record<ModelName, ModelFacts>> = {
  "8B": { weightsBytes: 4403 * MIB, kvBytesPerToken: 128 * 1024, embedding: 4096, prefillPerS: 2200 },
  "3B": { weightsBytes: 1918 * MIB, kvBytesPerToken: 112 * 1024, embedding: 3072, prefillPerS: 5000 },
  "1B": { weightsBytes: 763 * MIB, kvBytesPerToken: 32 * 1024, embedding: 2048, prefillPerS: 14_000 },
};

const VOCABULARY = 128_256;
const FLOAT_BYTES = 4;

export type BatchTokens = 128 | 512;
/** Smaller batches use less of the card. */
export const PREFILL_SHARE: Readonly<Record<BatchTokens, number>> = { 128: 0.9, 512: 1 };

/** Logits and two layers of activations for a batch: 267 MiB for an 8B at 512, 67 at 128. */
export const footprintOf = (model: ModelName, batch: BatchTokens): Footprint => {
  const { weightsBytes, kvBytesPerToken, embedding } = MODELS[model];
  return {
    baseBytes: weightsBytes + batch * FLOAT_BYTES * (VOCABULARY + 2 * embedding),
    sequenceBytes: kvBytesPerToken * CONTEXT_TOKENS,
  };
};

/** Time to read the weights once. */
export const weightsS = (model: ModelName): number => MODELS[model].weightsBytes / MEMORY_BYTES_PER_S;
export const loadS = (model: ModelName): number =>
  LOAD_FIXED_S + MODELS[model].weightsBytes / LOAD_BYTES_PER_S;
/** Time to read the keys and values of so many tokens once, in seconds. */
export const readKvS = (model: ModelName, tokens: number): number =>
  (tokens * MODELS[model].kvBytesPerToken) / MEMORY_BYTES_PER_S;
export const copyKvS = (model: ModelName, tokens: number): number =>
  (tokens * MODELS[model].kvBytesPerToken) / COPY_BYTES_PER_S;
