import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readGgufHeader } from "../../../inference/llama/gguf-header.ts";
import { often } from "../../support/deep.ts";
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
  withoutKey,
} from "../../support/raw-gguf.ts";
import { tinyGguf } from "../../support/tiny-gguf.ts";

const { file, read } = ggufFile(afterAll);
const huge = 2n ** 64n - 1n;
const F32 = 6;
const OTHER = "other";

describe("a header that is wrong in one place is refused by the name of the file and the place", () => {
  test("and is read where nothing is wrong", () => {
    expect(read(rawGguf())).toMatchObject({ type: "gguf", keys: 9, tensors: 2 });
  });

  test.each([
    ["magic", rawGguf(() => ({ magic: Buffer.from("GGML") })), "is not a GGUF model"],
    ["version 1", rawGguf(() => ({ version: u32(1) })), "is GGUF version 1"],
    ["tensor count", rawGguf(() => ({ tensorCount: u64(huge) })), "claims 18446744073709551615 tensors"],
    ["key count", rawGguf(() => ({ keyCount: u64(2n ** 40n) })), "claims 2 tensors and 1099511627776 keys"],
    ["too few keys", rawGguf(() => ({ keyCount: u64(11) })), "key "],
    ["a key's length", rawGguf(plusKey(u64(huge))), "key 9 is 18446744073709551615, more than can be"],
    ["a long key", rawGguf(plusKey(u64(70_000))), "key 9 has 70000 bytes, and 1024 are the most"],
    [
      "a key twice",
      rawGguf(plusKey(key("general.alignment", U32, u32(32)))),
      "general.alignment stands there twice",
    ],
    ["a value's type", rawGguf(plusKey(key(OTHER, 13))), "other is of type 13"],
    ["a truth value", rawGguf(plusKey(key(OTHER, 7, Buffer.from([2])))), "other is 2, which is neither"],
    [
      "a text's length",
      rawGguf(plusKey(key(OTHER, STRING, u64(2n ** 50n)))),
      "other has a text of 1125899906842624 bytes",
    ],
    [
      "a text beyond the end",
      rawGguf(plusKey(key(OTHER, STRING, u64(5000)))),
      "other goes on beyond the end of the file",
    ],
    [
      "an array's length",
      rawGguf(plusKey(key(OTHER, ARRAY, u32(F32), u64(2n ** 52n)))),
      "other has 4503599627370496 items",
    ],
    [
      "an array beyond the end",
      rawGguf(plusKey(key(OTHER, ARRAY, u32(F32), u64(1 << 20)))),
      "other goes on beyond the end",
    ],
    ["an array's type", rawGguf(plusKey(key(OTHER, ARRAY, u32(77), u64(1)))), "other is an array of type 77"],
    [
      "a deep array",
      rawGguf(plusKey(key(OTHER, ARRAY, u32(ARRAY), u64(1), u32(ARRAY), u64(1)))),
      "other is an array of arrays",
    ],
    [
      "a text in an array",
      rawGguf(plusKey(key(OTHER, ARRAY, u32(STRING), u64(1), u64(huge)))),
      "other is 18446744073709551615",
    ],
    [
      "an alignment of 0",
      rawGguf(withKey("general.alignment", U32, u32(0))),
      "general.alignment is 0, and a power of two",
    ],
    ["an alignment of 33", rawGguf(withKey("general.alignment", U32, u32(33))), "general.alignment is 33"],
    [
      "an alignment of 2^31",
      rawGguf(withKey("general.alignment", U32, u32(2 ** 31))),
      "general.alignment is 2147483648",
    ],
    [
      "an alignment in words",
      rawGguf(withKey("general.alignment", STRING, text("32"))),
      "general.alignment is no number",
    ],
    ["no architecture", rawGguf(withoutKey("general.architecture")), "general.architecture is absent"],
    [
      "an architecture that would move the cursor",
      rawGguf(withKey("general.architecture", STRING, text("\u001b[2Jlama"))),
      'general.architecture is "\\u001b[2Jlama", which is no name',
    ],
    [
      "a number as architecture",
      rawGguf(withKey("general.architecture", U32, u32(1))),
      "general.architecture is no text",
    ],
    ["no layers", rawGguf(withoutKey("llama.block_count")), "llama.block_count is absent"],
    ["0 layers", rawGguf(withKey("llama.block_count", U32, u32(0))), "llama.block_count is 0"],
    [
      "too many layers",
      rawGguf(withKey("llama.block_count", U32, u32(100_000))),
      "llama.block_count is 100000, and 512",
    ],
    [
      "an embedding of 0",
      rawGguf(withKey("llama.embedding_length", U32, u32(0))),
      "llama.embedding_length is 0",
    ],
    [
      "a negative size",
      rawGguf(withKey("llama.embedding_length", 5, u32(0xffffffff))),
      "llama.embedding_length is -1",
    ],
    [
      "a size that is no number",
      rawGguf(withKey("llama.embedding_length", 6, u32(0x7fc00000))),
      "llama.embedding_length is NaN",
    ],
    [
      "more kv heads than heads",
      rawGguf(withKey("llama.attention.head_count_kv", U32, u32(8))),
      "head_count_kv is 8",
    ],
    [
      "3 kv heads for 4",
      rawGguf(withKey("llama.attention.head_count_kv", U32, u32(3))),
      "does not divide head_count 4",
    ],
    [
      "heads for one layer of two",
      rawGguf(withKey("llama.attention.head_count", ARRAY, u32(U32), u64(1), u32(4))),
      "head_count has 1 items for 2 layers",
    ],
    [
      "scores that are too few",
      rawGguf(withKey("tokenizer.ggml.scores", ARRAY, u32(F32), u64(1), u32(0))),
      "tokenizer.ggml.scores has 1 items for 2 tokens",
    ],
    [
      "kinds of tokens in halves",
      rawGguf(withKey("tokenizer.ggml.token_type", ARRAY, u32(3), u64(2), u32(0))),
      "tokenizer.ggml.token_type is no array of i32",
    ],
    [
      "tokens that are numbers",
      rawGguf(withKey("tokenizer.ggml.tokens", ARRAY, u32(U32), u64(1), u32(0))),
      "tokenizer.ggml.tokens is no array of string",
    ],
    [
      "a vocabulary of nothing",
      rawGguf(withKey("tokenizer.ggml.tokens", ARRAY, u32(STRING), u64(0))),
      "tokenizer.ggml.tokens is empty",
    ],
    [
      "a tensor's name",
      rawGguf(({ tensors: [first = Buffer.alloc(0)] }) => ({
        tensors: [first, tensor("x".repeat(64), [32], 0, 256)],
      })),
      "name of tensor 1 has 64 bytes, and 63",
    ],
    [
      "a tensor twice",
      rawGguf(() => ({ tensors: [tensor("same", [32], 0, 0), tensor("same", [32], 0, 128)] })),
      "tensor same stands there twice",
    ],
    [
      "no dimensions",
      rawGguf(() => ({ tensors: [tensor("bad", [], 0, 0), tensor("b", [32], 0, 128)] })),
      "tensor bad has 0 dimensions",
    ],
    [
      "too many dimensions",
      rawGguf(() => ({ tensors: [Buffer.concat([text("bad"), u32(2 ** 31)])] })),
      "tensor bad has 2147483648 dimensions",
    ],
    [
      "a tensor of type 99",
      rawGguf(() => ({ tensors: [tensor("bad", [32], 99, 0), tensor("b", [32], 0, 128)] })),
      "tensor bad is packed as type 99",
    ],
    [
      "sizes that overflow",
      rawGguf(() => ({ tensors: [tensor("bad", [2 ** 31, 2 ** 31, 2 ** 31], 0, 0)] })),
      "tensor bad has the sizes 2147483648 x 2147483648 x 2147483648",
    ],
    [
      "a size of 2^63",
      rawGguf(() => ({ tensors: [tensor("bad", [2n ** 63n], 0, 0)] })),
      "tensor bad is 9223372036854775808",
    ],
    [
      "a size of 0",
      rawGguf(() => ({ tensors: [tensor("bad", [0], 0, 0), tensor("b", [32], 0, 128)] })),
      "tensor bad has the sizes 0",
    ],
    [
      "a part of a block",
      rawGguf(() => ({ tensors: [tensor("bad", [33], 8, 0), tensor("b", [32], 0, 128)] })),
      "tensor bad has rows of 33, and Q8_0 packs",
    ],
    [
      "an offset off the grid",
      rawGguf(() => ({ tensors: [tensor("bad", [32], 0, 5), tensor("b", [32], 0, 128)] })),
      "tensor bad begins at 5",
    ],
    [
      "tensors in one place",
      rawGguf(() => ({ tensors: [tensor("one", [64], 0, 0), tensor("two", [32], 0, 128)] })),
      "tensor two lies over tensor one",
    ],
    [
      "a tensor out of the file",
      rawGguf(() => ({ tensors: [tensor("far", [32], 0, 2 ** 40), tensor("b", [32], 0, 0)] })),
      "tensor far ends at 1099511627904 of the data, and the file has 384",
    ],
    [
      "a name that would move the cursor",
      rawGguf(() => ({ tensors: [tensor("\u001b[2J", [32], 99, 0)] })),
      'tensor "\\u001b[2J" is packed',
    ],
  ])("%s", (_, bytes, message) => {
    expect(read(bytes)).toEqual({ type: "unusable", message: expect.stringContaining(message) });
    expect(read(bytes)).toMatchObject({ message: expect.stringContaining(file) });
  });

  test.each([
    ["the small file", rawGguf(), 384],
    ["a model that loads", tinyGguf(), 32],
  ])("wherever %s is cut off", (_, whole, dataBytes) => {
    const cuts = [
      ...Array.from({ length: 400 }, (__, index) => index),
      whole.length - dataBytes,
      whole.length - 1,
    ];
    for (const cut of cuts) {
      if (cut < whole.length) expect([cut, read(whole.subarray(0, cut)).type]).toEqual([cut, "unusable"]);
    }
  });
});

describe("no file makes the reader crash, wait or take much memory", () => {
  test("a header with any bytes changed is read or refused", () => {
    const seeds = [rawGguf(), tinyGguf().subarray(0, 60_000)];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(3000), fc.uint8Array({ minLength: 1, maxLength: 9 })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.option(fc.nat(3000)),
        (seed, changes, cut) => {
          const bytes = Buffer.from(seed);
          for (const [at, put] of changes)
            bytes.set(put.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
          const header = read(cut === null ? bytes : bytes.subarray(0, cut));
          expect(["gguf", "unusable"]).toContain(header.type);
          if (header.type === "unusable") expect(header.message).toMatch(/^[\x20-\x7e]+$/);
        },
      ),
      { numRuns: often(2000, 100_000) },
    );
  });

  test("any bytes behind a right beginning are read or refused", () => {
    const begin = rawGguf().subarray(0, 24);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(["gguf", "unusable"]).toContain(read(Buffer.concat([begin, bytes])).type);
      }),
      { numRuns: often(1000, 50_000) },
    );
  });

  test("claims of gigabytes in a file that has them are gone past in small windows", () => {
    // Holes of a sparse file: 16 million empty texts, and behind them a text of a gigabyte.
    const handle = openSync(file, "w");
    const head = rawGguf(plusKey(key(OTHER, ARRAY, u32(STRING), u64(1 << 24))));
    writeSync(handle, head.subarray(0, head.indexOf(Buffer.from(OTHER)) + OTHER.length + 16));
    ftruncateSync(handle, 2 ** 36);
    closeSync(handle);
    const before = process.memoryUsage().arrayBuffers;
    expect(readGgufHeader(file)).toMatchObject({ type: "unusable" });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });

  test("a pipe that nobody writes into is refused at once", () => {
    const pipe = `${file}.pipe`;
    execFileSync("mkfifo", [pipe]);
    expect(readGgufHeader(pipe)).toMatchObject({
      type: "unusable",
      message: expect.stringContaining("no plain file"),
    });
  });
});
