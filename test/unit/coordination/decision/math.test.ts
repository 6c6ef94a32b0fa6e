import { describe, expect, test } from "vitest";
import { exp, ln } from "../../../../coordination/decision/math.ts";

const relative = (actual: number, expected: number): number =>
  actual === expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);

/** Points over the whole range: from tiny to huge, and close to 1 where a logarithm cancels. */
const positive = [
  ...Array.from({ length: 6_001 }, (_, at) => 10 ** ((at - 3_000) / 10)),
  ...Array.from({ length: 2_001 }, (_, at) => 1 + (at - 1_000) / 3_000),
  ...Array.from({ length: 50 }, (_, at) => 1 + 2 ** -at),
  Number.MIN_VALUE,
  Number.MAX_VALUE,
];

test("ln is within 1e-15 of Math.log", () => {
  expect(Math.max(...positive.map((x) => relative(ln(x), Math.log(x))))).toBeLessThan(1e-15);
});

test("exp is within 1e-15 of Math.exp", () => {
  const xs = Array.from({ length: 14_001 }, (_, at) => (at - 7_000) / 10 + at / 1e6);
  expect(Math.max(...xs.map((x) => relative(exp(x), Math.exp(x))))).toBeLessThan(1e-15);
});

test("exp undoes ln", () => {
  for (const x of [0.01, 0.5, 2 / 3, 1, 32.3, 1e6]) expect(relative(exp(ln(x)), x)).toBeLessThan(4e-15);
});

describe("at the ends of the range", () => {
  test.each([0, -1, Infinity, -Infinity, NaN, 1])("ln(%d) is that of Math", (x) =>
    expect(ln(x)).toBe(Math.log(x)),
  );
  test.each([0, 710, -746, Infinity, -Infinity, NaN])("exp(%d) is that of Math", (x) =>
    expect(exp(x)).toBe(Math.exp(x)),
  );
});
