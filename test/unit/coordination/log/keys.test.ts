import { expect, test } from "vitest";
import { chunkKey, lastNumber } from "../../../../coordination/log/keys.ts";

const numbers = [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER];

test("a key holds any whole number, and keys are ordered as their numbers", () => {
  const keys = numbers.map((each) => chunkKey(each));
  expect(keys.map((key) => lastNumber(key))).toEqual(numbers);
  expect(keys.toSorted((one, other) => Buffer.compare(one, other))).toEqual(keys);
});
