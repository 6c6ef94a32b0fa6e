import { describe, expect, test } from "vitest";
import type { Generate } from "../../../coordination/protocol/effect.ts";
import type { LanguageModel } from "../../../inference/model.ts";
import { inferencePerformers } from "../../../inference/performers.ts";
import { scriptedModel } from "../../../inference/scripted.ts";

const never = new AbortController().signal;
const generate = (model: string): Generate => ({
  type: "generate",
  request: "r1",
  body: { model, agent: "ada", lines: [{ role: "user", content: "hi" }], maxTokens: 8, temperature: 0 },
  grant: { model, sequence: 0, tokens: 80 },
});
const fine = scriptedModel({ name: "fine", replies: [{ text: "hello" }], nowUs: () => 7 });
const throwing: LanguageModel = {
  infer: () => Promise.reject(new Error("boom")),
  close: async () => {},
};
const performers = inferencePerformers({ models: { fine, throwing } });
const perform = (effect: Generate, signal: AbortSignal) => performers.generate(effect, signal);

describe("the performer of generate", () => {
  test("brings the reply under the name of the request", async () => {
    expect(await perform(generate("fine"), never)).toEqual({
      type: "inference.completed",
      request: "r1",
      reply: {
        text: "hello",
        usage: { promptTokens: 1, outputTokens: 2 },
        model: "fine",
        startedAtUs: 7,
        finishedAtUs: 7,
      },
    });
  });

  test.each([
    ["a model that throws all the same", "throwing", "ENGINE_CRASHED", true],
    ["a model that nobody has", "nobody", "MODEL_UNAVAILABLE", false],
    ["a model named like a member of every object", "constructor", "MODEL_UNAVAILABLE", false],
  ])("never rejects: %s is a failure", async (_, model, code, retryable) => {
    expect(await perform(generate(model), never)).toMatchObject({
      type: "inference.failed",
      request: "r1",
      failure: { code, retryable },
    });
  });
});
