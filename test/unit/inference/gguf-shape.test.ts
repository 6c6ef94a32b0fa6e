import { closeSync, openSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import {
  ARRAY,
  ggufFile,
  key,
  plusKey,
  rawGguf,
  STRING,
  tensor,
  text,
  U32,
  u32,
  u64,
  withKey,
} from "../../support/raw-gguf.ts";

const { file, read } = ggufFile(afterAll);
const KV = "llama.attention.head_count_kv";
const I8 = 1;
const I16 = 3;
const Q8_0 = 8;
const list = (...numbers: readonly number[]): Buffer =>
  Buffer.concat([u32(U32), u64(numbers.length), ...numbers.map(u32)]);

describe("the shape of a model", () => {
  test.each<[string, Buffer, object]>([
    [
      "one number for all layers",
      rawGguf(),
      { layers: 2, heads: 4, kvHeads: 2, headDim: 8, kvItemsPerToken: 64 },
    ],
    [
      "a number for each layer",
      rawGguf(withKey(KV, ARRAY, list(1, 4))),
      { kvHeads: 4, kvItemsPerToken: 5 * 16 },
    ],
    ["more numbers than layers", rawGguf(withKey(KV, ARRAY, list(1, 2, 4))), { kvHeads: 2 }],
    [
      "keys and values of unlike width",
      rawGguf(
        plusKey(
          key("llama.attention.key_length", U32, u32(10)),
          key("llama.attention.value_length", U32, u32(6)),
        ),
      ).fill(u64(11), 16, 24),
      { headDim: 10, kvItemsPerToken: 4 * 16 },
    ],
    ["as many layers as can be", rawGguf(withKey("llama.block_count", U32, u32(512))), { layers: 512 }],
    [
      "as wide as can be",
      rawGguf(withKey("llama.embedding_length", U32, u32(1 << 24))),
      { embedding: 1 << 24 },
    ],
    [
      "what most of it is packed as, where it does not say",
      rawGguf(() => ({
        tensors: [tensor("large.weight", [256, 2], Q8_0, 0), tensor("small.weight", [32], 0, 544)],
        dataBytes: 704,
      })),
      { quantization: "Q8_0", weightBytes: 544 + 128, parameters: 512 + 32 },
    ],
    [
      "a name as long as is kept",
      rawGguf(plusKey(key("general.name", STRING, text("n".repeat(1024))))),
      { name: "n".repeat(1024) },
    ],
  ])("is that of %s", (_, bytes, shape) => expect(read(bytes)).toMatchObject({ type: "gguf", shape }));

  test("is read behind lists that nobody needs, however long", () => {
    for (const items of [1023, 1024, 1025, 40_000]) {
      const other = key("other", ARRAY, list(...Array.from({ length: items }, (__, at) => at)));
      const length = key("llama.context_length", U32, u32(4096));
      expect(read(rawGguf(plusKey(other, length)).fill(u64(11), 16, 24))).toMatchObject({
        keys: 11,
        shape: { trainedContext: 4096 },
      });
    }
  });

  test.each([
    [
      "below zero, in one byte",
      rawGguf(plusKey(key("llama.context_length", I8, Buffer.from([255])))),
      "is -1,",
    ],
    [
      "below zero, in two",
      rawGguf(plusKey(key("llama.context_length", I16, Buffer.from([254, 255])))),
      "is -2,",
    ],
    [
      "beyond the layers",
      rawGguf(withKey("llama.block_count", U32, u32(513))),
      "is 513, and 512 are the most",
    ],
    [
      "beyond all dimensions",
      rawGguf(withKey("llama.embedding_length", U32, u32((1 << 24) + 1))),
      "is 16777217,",
    ],
    ["beyond exact numbers", rawGguf(plusKey(u64(2n ** 53n))), "key 9 is 9007199254740992, more than can be"],
  ])("is refused with a number %s", (_, bytes, message) => {
    expect(read(bytes)).toEqual({ type: "unusable", message: expect.stringContaining(message) });
  });

  test("is that of tensors whose names have 63 bytes at most", () => {
    const named = (bytes: number) =>
      rawGguf(({ tensors: [, other = Buffer.alloc(0)] }) => ({
        tensors: [tensor("t".repeat(bytes), [32, 2], 0, 0), other],
      }));
    expect([63, 64].map((bytes) => read(named(bytes)).type)).toEqual(["gguf", "unusable"]);
  });
});

test("no file stays open", () => {
  const next = (): number => {
    const handle = openSync(file, "r");
    closeSync(handle);
    return handle;
  };
  writeFileSync(file, rawGguf());
  const before = next();
  for (const bytes of [rawGguf(), rawGguf().subarray(0, 100)]) read(bytes);
  expect(next()).toBe(before);
});
