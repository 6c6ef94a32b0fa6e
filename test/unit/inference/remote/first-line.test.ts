import { expect, test } from "vitest";
import { readAnswer } from "../../../../inference/remote/read-answer.ts";

const options = ["approve", "approve with changes", "reject"];

/** A token and what could have stood there, with probabilities. */
const token = (said: string, probability: number, other: string) => ({
  token: said,
  logprob: Math.log(probability),
  alternatives: [
    { token: said, logprob: Math.log(probability) },
    { token: other, logprob: Math.log(1 - probability) },
  ],
});

test.each([
  ["", "approve\nAll is green."],
  ["\n", "\napprove\nAll is green."],
])("with a reason below, only the line of the choice says how sure it is: %j before it", (before, text) => {
  const tokens = [
    ...(before === "" ? [] : [token(before, 0.5, "reject")]),
    token("approve", 0.6, "reject"),
    token("\n", 0.5, " with"),
    token("All is green.", 0.1, " changes"),
  ];
  const read = readAnswer(
    { text, toolCalls: [], finishReason: "stop", logprobs: tokens },
    { options, reason: true },
    { confidence: "logprobs" },
  );
  expect(read).toMatchObject({ choice: "approve", reason: "All is green." });
  expect(read.probabilities?.["approve with changes"]).toBe(0);
  expect(read.confidence).toBeCloseTo(before === "" ? 0.6 : 0.3, 9);
});
