import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { confidenceOf, softmax } from "../../../inference/confidence.ts";

const logs = fc.array(fc.double({ min: -500, max: 500, noNaN: true }), { minLength: 1, maxLength: 8 });
const temperature = fc.double({ min: 0.05, max: 20, noNaN: true });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe("softmax", () => {
  test("gives probabilities that sum to 1, in the order of the logs", () => {
    const law = fc.property(logs, temperature, (values, heat) => {
      const probabilities = softmax(values, heat);
      expect(sum(probabilities)).toBeCloseTo(1, 9);
      values.forEach((a, i) =>
        values.forEach((b, j) => {
          if (a >= b) expect(probabilities[i] ?? 0).toBeGreaterThanOrEqual(probabilities[j] ?? 1);
        }),
      );
    });
    fc.assert(law);
  });

  test("a higher temperature is never surer of its favourite", () => {
    const law = fc.property(logs, temperature, (values, heat) => {
      expect(Math.max(...softmax(values, heat * 2))).toBeLessThanOrEqual(
        Math.max(...softmax(values, heat)) + 1e-12,
      );
    });
    fc.assert(law);
  });

  test("an impossible option has no probability, and nothing but impossible ones is a bug", () => {
    expect(softmax([0, -Infinity], 1)).toEqual([1, 0]);
    expect(() => softmax([-Infinity], 1)).toThrow("finite");
    expect(() => softmax([0], 0)).toThrow("temperature");
  });
});

describe("a confidence", () => {
  test("names the likeliest option and the probability of each", () => {
    expect(confidenceOf(["yes", "no"], [Math.log(0.25), Math.log(0.75)], 1)).toEqual({
      choice: "no",
      confidence: expect.closeTo(0.75, 12),
      probabilities: { yes: expect.closeTo(0.25, 12), no: expect.closeTo(0.75, 12) },
    });
  });

  test("of equal options the first wins", () => {
    expect(confidenceOf(["a", "b"], [1, 1], 1)).toMatchObject({ choice: "a", confidence: 0.5 });
  });
});
