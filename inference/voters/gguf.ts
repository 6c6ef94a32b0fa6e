import type { Vocabulary } from "./tokenizer.ts";
import type { Shape } from "./voters.ts";

/** One weight, row-major as PyTorch keeps it. One-dimensional weights stay F32, the others become Q8_0. */
export type Tensor = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
};

/** A value of the header. */
export type Value =
  | { readonly type: "u32" | "i32" | "f32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "f32s" | "i32s"; readonly value: readonly number[] };

const ALIGNMENT = 32;
const VERSION = 3;
const KIND = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const F32 = 0;
const Q8_0 = 8;
const MOSTLY_Q8_0 = 7;
const BLOCK = 32;

/** Writes a GGUF file of the llama architecture: the same input gives the same bytes, always. */
export const ggufOf = (
  name: string,
  shape: Shape,
  vocabulary: Vocabulary,
  tensors: readonly Tensor[],
): Buffer => {
  const data = tensors.map(({ shape: size, values: weights }) =>
    size.length === 1 ? f32Bytes(weights) : q8Bytes(weights),
  );
  const entries = tensors.map(({ name: tensor, shape: size }, at) => ({
    name: tensor,
    sizes: size.toReversed(),
    type: size.length === 1 ? F32 : Q8_0,
    bytes: data[at]?.length ?? 0,
  }));
  return Buffer.concat([headerOf(metadataOf(name, shape, vocabulary), entries), ...data.map(padded)]);
};

/** A tensor as the list in the header has it: its sizes, fastest first, the number of its type, and the bytes of its data. */
export type TensorEntry = {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly type: number;
  readonly bytes: number;
};

/** All that comes before the data, in which each tensor begins at the next multiple of 32 bytes. */
export const headerOf = (
  values: readonly (readonly [string, Value])[],
  tensors: readonly TensorEntry[],
): Buffer => {
  let offset = 0;
  const index = tensors.flatMap(({ name, sizes, type, bytes }) => {
    const entry = [
      string(name),
      u32(sizes.length),
      ...sizes.map((size) => u64(size)),
      u32(type),
      u64(offset),
    ];
    offset += alignedBytes(bytes);
    return entry;
  });
  const head = [Buffer.from("GGUF"), u32(VERSION), u64(tensors.length), u64(values.length)];
  const keys = values.flatMap(([key, value]) => [string(key), ...valueBytes(value)]);
  return padded(Buffer.concat([...head, ...keys, ...index]));
};

/** Bytes that a tensor takes in the file. */
export const alignedBytes = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** What a file says of the model. */
export const metadataOf = (
  name: string,
  shape: Shape,
  { tokens, scores, types }: Vocabulary,
): readonly (readonly [string, Value])[] => [
  ["general.architecture", { type: "string", value: "llama" }],
  ["general.name", { type: "string", value: name }],
  ["general.type", { type: "string", value: "model" }],
  ["general.file_type", { type: "u32", value: MOSTLY_Q8_0 }],
  ["general.quantization_version", { type: "u32", value: 2 }],
  ["general.alignment", { type: "u32", value: ALIGNMENT }],
  ["llama.vocab_size", { type: "u32", value: tokens.length }],
  ["llama.context_length", { type: "u32", value: shape.context }],
  ["llama.embedding_length", { type: "u32", value: shape.dim }],
  ["llama.block_count", { type: "u32", value: shape.layers }],
  ["llama.feed_forward_length", { type: "u32", value: shape.ffn }],
  ["llama.attention.head_count", { type: "u32", value: shape.heads }],
  ["llama.attention.head_count_kv", { type: "u32", value: shape.kvHeads }],
  ["llama.attention.layer_norm_rms_epsilon", { type: "f32", value: shape.epsilon }],
  ["llama.rope.dimension_count", { type: "u32", value: shape.dim / shape.heads }],
  ["llama.rope.freq_base", { type: "f32", value: shape.ropeBase }],
  ["tokenizer.ggml.model", { type: "string", value: "llama" }],
  ["tokenizer.ggml.pre", { type: "string", value: "default" }],
  ["tokenizer.ggml.tokens", { type: "strings", value: tokens }],
  ["tokenizer.ggml.scores", { type: "f32s", value: scores }],
  ["tokenizer.ggml.token_type", { type: "i32s", value: types }],
  ["tokenizer.ggml.unknown_token_id", { type: "u32", value: 0 }],
  ["tokenizer.ggml.bos_token_id", { type: "u32", value: 1 }],
  ["tokenizer.ggml.eos_token_id", { type: "u32", value: 2 }],
  ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
  ["tokenizer.ggml.add_eos_token", { type: "bool", value: false }],
  ["tokenizer.ggml.add_space_prefix", { type: "bool", value: false }],
  [
    "tokenizer.chat_template",
    { type: "string", value: "{% for m in messages %}{{ m['content'] }}{% endfor %}" },
  ],
];

const valueBytes = (value: Value): readonly Buffer[] => {
  switch (value.type) {
    case "u32":
      return [u32(KIND.u32), u32(value.value)];
    case "i32":
      return [u32(KIND.i32), i32(value.value)];
    case "f32":
      return [u32(KIND.f32), f32(value.value)];
    case "bool":
      return [u32(KIND.bool), Buffer.from([value.value ? 1 : 0])];
    case "string":
      return [u32(KIND.string), string(value.value)];
    case "strings":
      return [u32(KIND.array), u32(KIND.string), u64(value.value.length), ...value.value.map(string)];
    case "f32s":
      return [u32(KIND.array), u32(KIND.f32), u64(value.value.length), ...value.value.map(f32)];
    case "i32s":
      return [u32(KIND.array), u32(KIND.i32), u64(value.value.length), ...value.value.map(i32)];
  }
};

const bytesOf = (size: number, write: (view: DataView) => void): Buffer => {
  const buffer = new ArrayBuffer(size);
  write(new DataView(buffer));
  return Buffer.from(buffer);
};
const u32 = (value: number): Buffer => bytesOf(4, (view) => view.setUint32(0, value, true));
const i32 = (value: number): Buffer => bytesOf(4, (view) => view.setInt32(0, value, true));
const f32 = (value: number): Buffer => bytesOf(4, (view) => view.setFloat32(0, value, true));
const u64 = (value: number): Buffer => bytesOf(8, (view) => view.setBigUint64(0, BigInt(value), true));
const string = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc(alignedBytes(bytes.length) - bytes.length)]);

const f32Bytes = (values: Float32Array): Buffer =>
  bytesOf(values.length * 4, (view) => values.forEach((value, at) => view.setFloat32(at * 4, value, true)));

/** Q8_0: of each 32 values one half-precision scale and 32 signed bytes. */
export const q8Bytes = (values: Float32Array): Buffer => {
  if (values.length % BLOCK !== 0)
    throw new RangeError(`Q8_0 packs ${BLOCK} values at a time, got ${values.length}`);
  return bytesOf((values.length / BLOCK) * (BLOCK + 2), (view) => {
    for (let block = 0; block * BLOCK < values.length; block++) {
      const part = values.subarray(block * BLOCK, (block + 1) * BLOCK);
      const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
      const at = block * (BLOCK + 2);
      view.setUint16(at, halfBits(scale), true);
      part.forEach((value, index) =>
        view.setInt8(
          at + 2 + index,
          scale === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / scale))),
        ),
      );
    }
  });
};

/** Rounds a non-negative number to the nearest half-precision float, ties to even. */
export const halfBits = (value: number): number => {
  if (!(value > 0)) return 0;
  if (value >= 65_520) return 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(value)));
  const steps = roundToEven(value / 2 ** (exponent - 10));
  // The exponent field grows by itself when rounding carries; a subnormal has no implied bit to take away.
  return steps < 1024 ? steps : (exponent + 14) * 1024 + steps;
};

const roundToEven = (value: number): number => {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
};
