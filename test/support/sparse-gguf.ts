import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { alignedBytes, headerOf, metadataOf, type TensorEntry } from "../../inference/voters/gguf.ts";
import { learnMerges, vocabularyOf } from "../../inference/voters/tokenizer.ts";

/** The true dimensions of models that people use. */
export const SPARSE_SHAPES = {
  "8B": { dim: 4096, layers: 32, heads: 32, kvHeads: 8, ffn: 14_336, words: 128_256, tied: false },
  "3B": { dim: 3072, layers: 28, heads: 24, kvHeads: 8, ffn: 8192, words: 128_256, tied: true },
  "1B": { dim: 2048, layers: 16, heads: 32, kvHeads: 8, ffn: 8192, words: 128_256, tied: true },
  "0.5B": { dim: 896, layers: 24, heads: 14, kvHeads: 2, ffn: 4864, words: 151_936, tied: true },
} as const;
export type SparseSize = keyof typeof SPARSE_SHAPES;

const F32 = { type: 0, block: 1, bytes: 4 };
const Q4_K = { type: 12, block: 256, bytes: 144 };
const Q5_0 = { type: 6, block: 32, bytes: 22 };
const Q6_K = { type: 14, block: 256, bytes: 210 };
const Q8_0 = { type: 8, block: 32, bytes: 34 };
const MOSTLY_Q4_K_M = 15;

/**
 * A model of true dimensions whose weights are holes: gigabytes for those who ask, a few megabytes on disk. It loads and can be
 * weighed; what it computes is nothing.
 */
export const writeSparseGguf = (file: string, size: SparseSize): string => {
  const { dim, layers, heads, kvHeads, ffn, words, tied } = SPARSE_SHAPES[size];
  const base = vocabularyOf(learnMerges(new Map(), 0));
  const missing = Array.from({ length: words - base.tokens.length }, (_, index) => `<w${index}>`);
  const vocabulary = {
    ...base,
    tokens: [...base.tokens, ...missing],
    scores: [...base.scores, ...missing.map(() => -1e6)],
    types: [...base.types, ...missing.map(() => 1)],
  };
  const shape = { dim, layers, heads, kvHeads, ffn, context: 131_072, epsilon: 1e-5, ropeBase: 500_000 };
  const values = metadataOf(`sparse ${size}`, shape, vocabulary).map(
    ([key, value]): readonly [string, typeof value] =>
      key === "general.file_type" ? [key, { type: "u32", value: MOSTLY_Q4_K_M }] : [key, value],
  );
  const kvDim = (dim / heads) * kvHeads;
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const block = (name: string): string => `blk.${layer}.${name}`;
    // Half of the layers have these two in more bits: that is what the M stands for.
    const better = layer % 2 === 0 ? Q6_K : Q4_K;
    return [
      entry(block("attn_norm"), [dim], F32),
      entry(block("attn_q"), [dim, dim], Q4_K),
      entry(block("attn_k"), [dim, kvDim], Q4_K),
      entry(block("attn_v"), [dim, kvDim], better),
      entry(block("attn_output"), [dim, dim], Q4_K),
      entry(block("ffn_norm"), [dim], F32),
      entry(block("ffn_gate"), [dim, ffn], Q4_K),
      entry(block("ffn_up"), [dim, ffn], Q4_K),
      entry(block("ffn_down"), [ffn, dim], better),
    ];
  });
  const tensors = [
    entry("token_embd", [dim, words], tied ? Q6_K : Q4_K),
    entry("output_norm", [dim], F32),
    ...(tied ? [] : [entry("output", [dim, words], Q6_K)]),
    ...blocks.flat(),
  ];
  const header = headerOf(values, tensors);
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, "w");
  writeSync(handle, header);
  ftruncateSync(handle, header.length + tensors.reduce((sum, { bytes }) => sum + alignedBytes(bytes), 0));
  closeSync(handle);
  return file;
};

type Packing = { readonly type: number; readonly block: number; readonly bytes: number };

/** Rows that are no whole number of a packing's blocks are packed in smaller ones, as llama.cpp does. */
const entry = (name: string, sizes: readonly number[], wanted: Packing): TensorEntry => {
  const fits = (sizes[0] ?? 0) % wanted.block === 0;
  const packing = fits ? wanted : wanted === Q6_K ? Q8_0 : Q5_0;
  const items = sizes.reduce((product, each) => product * each, 1);
  return {
    name: `${name}.weight`,
    sizes,
    type: packing.type,
    bytes: (items / packing.block) * packing.bytes,
  };
};
