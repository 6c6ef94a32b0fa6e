import { describe, expect, test } from "vitest";
import type { InferenceRequest } from "../../../coordination/protocol/inference-messages.ts";
import { scriptedModel } from "../../../inference/scripted.ts";

const never = new AbortController().signal;
const request = (agent: string, content: string, options?: readonly string[]): InferenceRequest => ({
  model: "m",
  agent,
  lines: [
    { role: "system", content: "disk" },
    { role: "user", content },
  ],
  maxTokens: 100,
  temperature: 0,
  ...(options === undefined ? {} : { options }),
});

const model = scriptedModel({
  name: "script",
  nowUs: () => 42,
  replies: [
    { when: "disk", agent: "ada", text: "error", confidence: 0.9 },
    { when: "disk", text: "warning" },
    { agent: "bob", text: "info" },
  ],
});

describe("a scripted model", () => {
  test.each([
    ["the first reply whose conditions hold answers", "ada", "disk full", "error"],
    ["an agent that is not named gets the next one", "cy", "disk full", "warning"],
    ["no `when` matches any line", "bob", "all well", "info"],
  ])("%s", async (_, agent, content, text) => {
    expect(await model.infer(request(agent, content), never)).toMatchObject({
      type: "reply",
      reply: { text },
    });
  });

  test("only the last line counts; without a match the failure says what to add", async () => {
    expect(await model.infer(request("cy", "all well"), never)).toEqual({
      type: "failure",
      failure: {
        code: "BAD_REQUEST",
        retryable: false,
        message:
          'the scripted model script has no reply for agent cy and a last line that starts with "all well"; ' +
          "add one without `when` to catch the rest",
      },
    });
  });

  test("a text that is one of the options is the choice, with its confidence", async () => {
    const outcome = await model.infer(request("ada", "disk full", ["info", "error"]), never);
    expect(outcome).toMatchObject({ type: "reply", reply: { choice: "error", confidence: 0.9 } });
  });

  test("a text that is none of the options is no choice", async () => {
    const outcome = await model.infer(request("cy", "disk full", ["info", "error"]), never);
    expect(outcome.type === "reply" && outcome.reply.choice).toBeUndefined();
  });

  test("writes no more tokens than it may", async () => {
    const usageOf = async (maxTokens: number) => {
      const outcome = await model.infer({ ...request("ada", "disk full"), maxTokens }, never);
      return outcome.type === "reply" ? outcome.reply.usage : undefined;
    };
    // "disk", then "disk full", and "error".
    expect(await usageOf(100)).toEqual({ promptTokens: 1 + 3, outputTokens: 2 });
    expect(await usageOf(1)).toMatchObject({ outputTokens: 1 });
  });

  test("says the same thing at the same cost every time", async () => {
    const ask = () => model.infer(request("ada", "disk full"), never);
    expect(await ask()).toEqual(await ask());
  });
});
