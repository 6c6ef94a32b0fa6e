import { expect, test } from "vitest";
import {
  countOf,
  countPattern,
  durationMs,
  durationPattern,
  memoryBytesOf,
  sizePattern,
} from "../../../../cli/task/units.ts";

test.each([
  ["7ms", 7],
  ["90s", 90_000],
  ["10m", 600_000],
  ["24h", 86_400_000],
  ["2d", 172_800_000],
  ["0.5s", 500],
  ["1.6ms", 2],
])("%s is %d ms", (text, expected) => {
  expect(text).toMatch(durationPattern);
  expect(durationMs(text)).toBe(expected);
});

test.each([
  ["3B", 3],
  ["2KB", 2 * 1024],
  ["2KiB", 2 * 1024],
  ["2MB", 2 * 1024 ** 2],
  ["2MiB", 2 * 1024 ** 2],
  ["1.5GB", 1.5 * 1024 ** 3],
  ["1.5GiB", 1.5 * 1024 ** 3],
  ["1TB", 1024 ** 4],
  ["1TiB", 1024 ** 4],
  ["0.001KB", 1],
])("%s is %d bytes", (text, expected) => {
  expect(text).toMatch(sizePattern);
  expect(memoryBytesOf(text)).toBe(expected);
});

test.each([
  ["500", 500],
  ["200k", 200_000],
  ["1.5M", 1_500_000],
  ["2.5", 3],
])("%s is %d", (text, expected) => {
  expect(text).toMatch(countPattern);
  expect(countOf(text)).toBe(expected);
});

test("a number is its own count", () => expect(countOf(7)).toBe(7));

test.each(["", "s", "10", "10 s", "10kB", "1.2.3", "10S"])("%j is no span of time", (text) => {
  expect(text).not.toMatch(durationPattern);
  if (text !== "") expect(() => durationMs(text)).toThrow(expect.objectContaining({ code: "BAD_TASK" }));
});
