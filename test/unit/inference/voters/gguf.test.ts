import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { ggufOf, halfBits, q8Bytes } from "../../../../inference/voters/gguf.ts";
import { vocabularyOf } from "../../../../inference/voters/tokenizer.ts";
import { SHAPE } from "../../../../inference/voters/voters.ts";

const sample = () =>
  ggufOf("tiny", SHAPE, vocabularyOf([]), [
    {
      name: "token_embd.weight",
      shape: [2, 32],
      values: Float32Array.from({ length: 64 }, (_, index) => index / 7 - 3),
    },
    { name: "output_norm.weight", shape: [3], values: Float32Array.of(1, 2, 3) },
  ]);

test("a file starts as GGUF 3 with its counts and is a multiple of the alignment", () => {
  const bytes = sample();
  expect(bytes.subarray(0, 4).toString()).toBe("GGUF");
  expect(bytes.readUInt32LE(4)).toBe(3);
  expect(bytes.readBigUInt64LE(8)).toBe(2n);
  expect(bytes.length % 32).toBe(0);
});

test("the same model is the same bytes", () => {
  const digest = (): string => createHash("sha256").update(sample()).digest("hex");
  expect(digest()).toBe(digest());
});

test.each([
  [0, 0x0000],
  [1, 0x3c00],
  [2, 0x4000],
  [0.333251953125, 0x3555],
  [65_504, 0x7bff],
  [1e6, 0x7c00],
  [2 ** -24, 0x0001],
  [2 ** -14, 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
])("%d in half precision is %i", (value, bits) => expect(halfBits(value)).toBe(bits));

test("a block of 32 values becomes a scale and 32 signed bytes", () => {
  const bytes = q8Bytes(Float32Array.from({ length: 32 }, (_, index) => (index === 0 ? -127 : index)));
  expect(bytes.length).toBe(34);
  expect(bytes.readUInt16LE(0)).toBe(0x3c00);
  expect([bytes.readInt8(2), bytes.readInt8(3), bytes.readInt8(33)]).toEqual([-127, 1, 31]);
});

test("values that fill no block are refused", () =>
  expect(() => q8Bytes(new Float32Array(33))).toThrow("32"));
