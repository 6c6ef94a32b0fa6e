import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readGgufHeader } from "../../inference/llama/gguf-header.ts";
import { scratchFolder } from "./cli.ts";

/** A file, and what the product reads of what is written there. */
export const ggufFile = (onEnd: (clean: () => void) => void) => {
  const file = join(scratchFolder(onEnd), "model.gguf");
  const read = (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    return readGgufHeader(file);
  };
  return { file, read };
};

/** Pieces of a GGUF file, so that a test can put together one that is wrong in a single place. */
export type RawGguf = {
  readonly magic: Buffer;
  readonly version: Buffer;
  readonly tensorCount: Buffer;
  readonly keyCount: Buffer;
  readonly keys: readonly Buffer[];
  readonly tensors: readonly Buffer[];
  /** Zeroes behind the header, once it is padded to 32 bytes. */
  readonly dataBytes: number;
};

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
export const text = (value: string): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

export const U32 = 4;
export const STRING = 8;
export const ARRAY = 9;
const F32_ARRAY_ITEM = 6;
const I32_ARRAY_ITEM = 5;

export const key = (name: string, kind: number, ...value: readonly Buffer[]): Buffer =>
  Buffer.concat([text(name), u32(kind), ...value]);
export const tensor = (
  name: string,
  sizes: readonly (number | bigint)[],
  type: number,
  offset: number | bigint,
) => Buffer.concat([text(name), u32(sizes.length), ...sizes.map(u64), u32(type), u64(offset)]);

/** A small file that is right, in the pieces that `change` may replace. */
export const rawGguf = (change: (right: RawGguf) => Partial<RawGguf> = () => ({})): Buffer => {
  const right: RawGguf = {
    magic: Buffer.from("GGUF"),
    version: u32(3),
    tensorCount: u64(2),
    keyCount: u64(RIGHT_KEYS.length),
    keys: RIGHT_KEYS.map(([, bytes]) => bytes),
    tensors: [tensor("token_embd.weight", [32, 2], 0, 0), tensor("output_norm.weight", [32], 0, 256)],
    dataBytes: 384,
  };
  const changed = { ...right, ...change(right) };
  const { magic, version, tensorCount, keyCount, keys, tensors, dataBytes } = changed;
  const header = Buffer.concat([magic, version, tensorCount, keyCount, ...keys, ...tensors]);
  return Buffer.concat([header, Buffer.alloc((32 - (header.length % 32)) % 32), Buffer.alloc(dataBytes)]);
};

/** The keys of the file with one of them replaced. */
export const withKey =
  (name: string, kind: number, ...value: readonly Buffer[]) =>
  (): Partial<RawGguf> => ({
    keys: RIGHT_KEYS.map(([each, bytes]) => (each === name ? key(name, kind, ...value) : bytes)),
  });
/** One key more than there should be. */
export const plusKey =
  (...bytes: readonly Buffer[]) =>
  ({ keys }: RawGguf): Partial<RawGguf> => ({
    keys: [...keys, Buffer.concat(bytes)],
    keyCount: u64(keys.length + 1),
  });
export const withoutKey = (name: string) => (): Partial<RawGguf> => ({
  keys: RIGHT_KEYS.filter(([each]) => each !== name).map(([, bytes]) => bytes),
  keyCount: u64(RIGHT_KEYS.length - 1),
});

const named = (name: string, kind: number, ...value: readonly Buffer[]) =>
  [name, key(name, kind, ...value)] as const;
const RIGHT_KEYS = [
  named("general.architecture", STRING, text("llama")),
  named("general.alignment", U32, u32(32)),
  named("llama.block_count", U32, u32(2)),
  named("llama.embedding_length", U32, u32(32)),
  named("llama.attention.head_count", U32, u32(4)),
  named("llama.attention.head_count_kv", U32, u32(2)),
  named("tokenizer.ggml.tokens", ARRAY, u32(STRING), u64(2), text("a"), text("b")),
  named("tokenizer.ggml.scores", ARRAY, u32(F32_ARRAY_ITEM), u64(2), u32(0), u32(0)),
  named("tokenizer.ggml.token_type", ARRAY, u32(I32_ARRAY_ITEM), u64(2), u32(1), u32(1)),
];
