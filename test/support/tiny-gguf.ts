import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A random llama model of about 120,000 parameters, for tests of the engine: it loads, tokenizes any text and computes, and what
 * it says is noise. The same bytes on every run.
 */
export const writeTinyGguf = (file: string, options: TinyGgufOptions = {}): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, tinyGguf(options));
  return file;
};

export type TinyGgufOptions = { readonly seed?: number };

export const tinyGguf = ({ seed = 1 }: TinyGgufOptions = {}): Buffer => {
  const keys = metadata();
  const weights = tensors(seed);
  const head = Buffer.concat([Buffer.from("GGUF"), u32(3), u64(weights.length), u64(keys.length), ...keys, ...descriptions(weights)]);
  return Buffer.concat([head, padding(head.length), ...weights.flatMap(({ data }) => [data, padding(data.length)])]);
};

const DIM = 64;
const LAYERS = 2;
const HEADS = 4;
const KV_HEADS = 2;
const FFN = 192;
const CONTEXT = 2048;
const ALIGNMENT = 32;

const TOKEN = { normal: 1, unknown: 2, control: 3, unused: 5, byte: 6 } as const;
const KIND = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9 } as const;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const f32 = (values: ArrayLike<number>): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (let i = 0; i < values.length; i++) bytes.writeFloatLE(values[i] ?? 0, i * 4);
  return bytes;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(value), u32(0)]);
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const padding = (length: number): Buffer => Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);

const key = (name: string, kind: number, value: Buffer): Buffer => Buffer.concat([text(name), u32(kind), value]);
const list = (name: string, kind: number, values: readonly Buffer[]): Buffer =>
  key(name, KIND.list, Buffer.concat([u32(kind), u64(values.length), ...values]));

// 256 byte tokens, so that any text has tokens, and the printable characters; padded to a multiple of 32 as weights like it.
const VOCABULARY = (() => {
  const tokens: { piece: string; score: number; type: number }[] = [
    { piece: "<unk>", score: 0, type: TOKEN.unknown },
    { piece: "<s>", score: 0, type: TOKEN.control },
    { piece: "</s>", score: 0, type: TOKEN.control },
  ];
  for (let i = 0; i < 256; i++) {
    tokens.push({ piece: `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`, score: 0, type: TOKEN.byte });
  }
  const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  for (const piece of ["\u2581", ...printable]) tokens.push({ piece, score: -10_000, type: TOKEN.normal });
  while (tokens.length % 32 !== 0) tokens.push({ piece: `<extra_${tokens.length}>`, score: -100_000, type: TOKEN.unused });
  return tokens;
})();

const TEMPLATE =
  "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";

const metadata = (): readonly Buffer[] => {
  const number = (name: string, value: number): Buffer => key(name, KIND.u32, u32(value));
  const words = (name: string, value: string): Buffer => key(name, KIND.text, text(value));
  const flag = (name: string, value: boolean): Buffer => key(name, KIND.bool, Buffer.from([value ? 1 : 0]));
  return [
    words("general.architecture", "llama"),
    words("general.name", "tiny"),
    words("general.type", "model"),
    number("general.file_type", 0),
    number("general.alignment", ALIGNMENT),
    number("llama.vocab_size", VOCABULARY.length),
    number("llama.context_length", CONTEXT),
    number("llama.embedding_length", DIM),
    number("llama.block_count", LAYERS),
    number("llama.feed_forward_length", FFN),
    number("llama.attention.head_count", HEADS),
    number("llama.attention.head_count_kv", KV_HEADS),
    key("llama.attention.layer_norm_rms_epsilon", KIND.f32, f32([1e-5])),
    number("llama.rope.dimension_count", DIM / HEADS),
    key("llama.rope.freq_base", KIND.f32, f32([10_000])),
    words("tokenizer.ggml.model", "llama"),
    words("tokenizer.ggml.pre", "default"),
    list("tokenizer.ggml.tokens", KIND.text, VOCABULARY.map(({ piece }) => text(piece))),
    list("tokenizer.ggml.scores", KIND.f32, VOCABULARY.map(({ score }) => f32([score]))),
    list("tokenizer.ggml.token_type", KIND.i32, VOCABULARY.map(({ type }) => u32(type))),
    number("tokenizer.ggml.unknown_token_id", 0),
    number("tokenizer.ggml.bos_token_id", 1),
    number("tokenizer.ggml.eos_token_id", 2),
    flag("tokenizer.ggml.add_bos_token", true),
    flag("tokenizer.ggml.add_eos_token", false),
    flag("tokenizer.ggml.add_space_prefix", false),
    words("tokenizer.chat_template", TEMPLATE),
  ];
};

/** `shape`: rows, then columns; a file has the columns first. All weights are F32. */
type Tensor = { readonly name: string; readonly shape: readonly number[]; readonly data: Buffer };

const descriptions = (weights: readonly Tensor[]): readonly Buffer[] => {
  let offset = 0;
  return weights.map(({ name, shape, data }) => {
    const description = Buffer.concat([text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(0), u64(offset)]);
    offset += data.length + padding(data.length).length;
    return description;
  });
};

const tensors = (seed: number): readonly Tensor[] => {
  const next = random(seed);
  const matrix = (name: string, rows: number, columns: number, scale: number): Tensor => ({
    name: `${name}.weight`,
    shape: [rows, columns],
    data: f32(Float32Array.from({ length: rows * columns }, () => (next() + next() + next() - 1.5) * 2 * scale)),
  });
  const ones = (name: string): Tensor => ({ name: `${name}.weight`, shape: [DIM], data: f32(new Float32Array(DIM).fill(1)) });
  const scale = 1 / Math.sqrt(DIM);
  const kvDim = (DIM / HEADS) * KV_HEADS;
  // The embedding is small, since it is the output layer too: else one token would always win.
  const layers = Array.from({ length: LAYERS }, (_, layer) => {
    const block = (name: string): string => `blk.${layer}.${name}`;
    return [
      ones(block("attn_norm")),
      matrix(block("attn_q"), DIM, DIM, scale),
      matrix(block("attn_k"), kvDim, DIM, scale),
      matrix(block("attn_v"), kvDim, DIM, scale),
      matrix(block("attn_output"), DIM, DIM, scale),
      ones(block("ffn_norm")),
      matrix(block("ffn_gate"), FFN, DIM, scale),
      matrix(block("ffn_up"), FFN, DIM, scale),
      matrix(block("ffn_down"), DIM, FFN, 1 / Math.sqrt(FFN)),
    ];
  });
  return [matrix("token_embd", VOCABULARY.length, DIM, 0.15), ones("output_norm"), ...layers.flat()];
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
