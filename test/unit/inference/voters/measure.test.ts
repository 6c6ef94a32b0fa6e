import { expect, test } from "vitest";
import { measure } from "../../../../inference/voters/measure.ts";

test("figures are those of the textbook", () => {
  const answers = [
    { choice: 0, gold: 0, confidence: 0.9 },
    { choice: 0, gold: 0, confidence: 0.9 },
    { choice: 0, gold: 1, confidence: 0.6 },
    { choice: 1, gold: 1, confidence: 1 },
  ];
  const { accuracy, macroF1, ece } = measure(answers);
  expect(accuracy).toBe(3 / 4);
  // Of label 0 two of three are right and all found; of label 1 one is right, and one of two found.
  expect(macroF1).toBeCloseTo((4 / 5 + 2 / 3) / 2, 9);
  // Too modest by .2 at .9, too sure by .6 at .6.
  expect(ece).toBeCloseTo((0.2 + 0.6) / 4, 9);
});

test("of no answers there is nothing to say", () => {
  expect(measure([])).toEqual({ macroF1: 0, accuracy: 0, ece: 0 });
});
