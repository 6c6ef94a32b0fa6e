import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ggufOf, type Tensor } from "../../inference/voters/gguf.ts";
import { LABELS } from "../../inference/voters/prompt.ts";
import { learnMerges, vocabularyOf } from "../../inference/voters/tokenizer.ts";
import { SHAPE, type Shape } from "../../inference/voters/voters.ts";

/**
 * A voter with random weights and next to no words, for tests of the engine: it loads, reads any text and computes, and
 * what it says is noise. The same bytes on every run.
 */
export const tinyGguf = ({ seed = 1, words = 64, shape = SHAPE }: TinyGgufOptions = {}): Buffer => {
  const labels = new Map(
    Object.values(LABELS)
      .flat()
      .map((label) => [label, LABEL_WEIGHT]),
  );
  const vocabulary = vocabularyOf(learnMerges(labels, words));
  return ggufOf("tiny", shape, vocabulary, tensors(vocabulary.tokens.length, seed, shape));
};

export type TinyGgufOptions = {
  readonly seed?: number;
  /** Most words that it has; without any it cannot vote, since no label is one token. */
  readonly words?: number;
  /** Default that of a voter. */
  readonly shape?: Shape;
};

/** Writes one and returns its path. */
export const writeTinyGguf = (file: string, options: TinyGgufOptions = {}): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, tinyGguf(options));
  return file;
};

// A piece that occurs once only is not learned.
const LABEL_WEIGHT = 2;

const tensors = (tokens: number, seed: number, shape: Shape): readonly Tensor[] => {
  const next = random(seed);
  const matrix = (name: string, rows: number, columns: number, scale: number): Tensor => ({
    name: `${name}.weight`,
    shape: [rows, columns],
    values: Float32Array.from({ length: rows * columns }, () => (next() + next() + next() - 1.5) * 2 * scale),
  });
  const { dim, ffn, heads, kvHeads, layers } = shape;
  const ones = (name: string): Tensor => ({
    name: `${name}.weight`,
    shape: [dim],
    values: new Float32Array(dim).fill(1),
  });
  const scale = 1 / Math.sqrt(dim);
  const kvDim = (dim / heads) * kvHeads;
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const block = (name: string): string => `blk.${layer}.${name}`;
    return [
      ones(block("attn_norm")),
      matrix(block("attn_q"), dim, dim, scale),
      matrix(block("attn_k"), kvDim, dim, scale),
      matrix(block("attn_v"), kvDim, dim, scale),
      matrix(block("attn_output"), dim, dim, scale),
      ones(block("ffn_norm")),
      matrix(block("ffn_gate"), ffn, dim, scale),
      matrix(block("ffn_up"), ffn, dim, scale),
      matrix(block("ffn_down"), dim, ffn, 1 / Math.sqrt(ffn)),
    ];
  });
  // The embedding is small, since it is the output layer too: else one token would always win.
  return [matrix("token_embd", tokens, dim, 0.1), ones("output_norm"), ...blocks.flat()];
};

/** Mulberry32: small, seeded, the same everywhere. */
const random = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};
