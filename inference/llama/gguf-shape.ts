import { open } from "node:fs/promises";
import type { ModelShape } from "../footprint.ts";

/** Enough for all keys up to the vocabulary, whose length is all that is read of it. */
const MAX_HEAD_BYTES = 4 * 1024 * 1024;
const KEYS_AT = 24;
const KEY_COUNT_AT = 16;

/** Bytes of a value, by its type; strings and arrays have a length of their own. */
const WIDTHS: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const UINT32 = 4;
const STRING = 8;
const ARRAY = 9;
const UINT64 = 10;

/** What a model's file says of its size; `undefined` for a file that does not say. Never throws. */
export const readModelShape = async (file: string): Promise<ModelShape | undefined> => {
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(Math.min(size, MAX_HEAD_BYTES)),
        0,
        undefined,
        0,
      );
      return shapeOf(keysOf(buffer.subarray(0, bytesRead)), size);
    } finally {
      await handle.close();
    }
  } catch {
    // Whoever loads the model will say what is wrong with it.
    return undefined;
  }
};

type Keys = ReadonlyMap<string, number>;

/** Whole numbers, and the lengths of arrays, by key; as many as lie in `head` and make sense. */
const keysOf = (head: Buffer): Keys => {
  const keys = new Map<string, number>();
  let at = KEYS_AT;
  const long = (): number => {
    const value = Number(head.readBigUInt64LE(at));
    at += 8;
    return value;
  };
  const text = (): string => {
    const length = long();
    if (length > head.length - at) throw new RangeError("a text goes on beyond the head");
    at += length;
    return head.toString("utf8", at - length, at);
  };
  const skip = (type: number): void => {
    if (type === STRING) return void text();
    const width = WIDTHS[type];
    if (width === undefined) throw new RangeError(`there is no type ${type}`);
    at += width;
  };
  const left = Number(head.readBigUInt64LE(KEY_COUNT_AT));
  try {
    for (let index = 0; index < left; index++) {
      const key = text();
      const type = head.readUInt32LE(at);
      at += 4;
      if (type === UINT32) keys.set(key, head.readUInt32LE(at));
      if (type === UINT64) keys.set(key, Number(head.readBigUInt64LE(at)));
      if (type !== ARRAY) skip(type);
      else {
        const item = head.readUInt32LE(at);
        at += 4;
        const count = long();
        keys.set(key, count);
        for (let each = 0; each < count; each++) skip(item);
      }
    }
  } catch (cause) {
    // The head ends before the keys do.
    if (!(cause instanceof RangeError)) throw cause;
  }
  return keys;
};

const shapeOf = (keys: Keys, fileBytes: number): ModelShape | undefined => {
  const find = (name: string): number | undefined =>
    [...keys].find(([key]) => key.endsWith(`.${name}`) && !key.startsWith("tokenizer."))?.[1];
  const layers = find("block_count");
  const embedding = find("embedding_length");
  const heads = find("attention.head_count");
  if (layers === undefined || embedding === undefined || heads === undefined || heads === 0) return undefined;
  const width = Math.floor(embedding / heads);
  return {
    fileBytes,
    layers,
    embedding,
    kvHeads: find("attention.head_count_kv") ?? heads,
    keyLength: find("attention.key_length") ?? width,
    valueLength: find("attention.value_length") ?? width,
    vocabulary: keys.get("tokenizer.ggml.tokens") ?? find("vocab_size") ?? 0,
  };
};
