import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultInStream } from "../../../../inference/remote/fault.ts";
import { labelConfidence } from "../../../../inference/remote/label-logprobs.ts";
import { jsonIn } from "../../../../inference/remote/question.ts";
import { readAnswer } from "../../../../inference/remote/read-answer.ts";
import { redactData, redactor } from "../../../../inference/remote/redact.ts";
import { mockProvider, type MockProvider } from "../../../support/mock-provider.ts";
import { quickClock, testModel } from "../../../support/remote-model.ts";

const said = (token: string, probability = 1) => ({
  token,
  logprob: Math.log(probability),
  alternatives: [],
});
const read = (text: string, options: readonly string[], confidence: "stated" | "logprobs", reason?: true) =>
  readAnswer(
    { text, toolCalls: [], finishReason: "stop", logprobs: [said(text)] },
    { options, ...(reason === undefined ? {} : { reason }) },
    { confidence },
  );

describe("JSON in a reply", () => {
  test.each<[string, string, unknown]>([
    ["that is a list behind a word", "Here: [1, 2].", [1, 2]],
    ["in a fence, though braces stand before it", 'For {x}:\n```json\n{"a": 1}\n```', { a: 1 }],
    ["that is not closed", '{"a": 1', undefined],
  ])("is found: %s", (_, text, value) => expect(jsonIn(text)).toEqual(value));
});

describe("of options that differ in their case only", () => {
  const options = ["YES", "yes"];
  test.each(options)("the one is meant that is written so: %s", (option) => {
    expect(read(option, options, "logprobs").choice).toBe(option);
    const text = `{"answer": "${option}", "confidence": 1}`;
    expect(read(text, options, "stated")).toMatchObject({ choice: option, text: option });
  });
});

test("a line that ends within its first token has its confidence too", () => {
  expect(read("approve\nAll is green.", ["approve", "reject"], "logprobs", true)).toMatchObject({
    choice: "approve",
    confidence: 1,
  });
});

test("a reply that goes on behind an option is the longest that it begins with", () => {
  const options = ["approve", "approve with changes"];
  expect(labelConfidence(options, [said("approve with changes, since")])?.choice).toBe(
    "approve with changes",
  );
});

test("a secret is taken out of names too", () => {
  const redact = redactor(["sk-123456"]);
  expect(redactData({ list: [{ "sk-123456": 1 }] }, redact)).toEqual({ list: [{ "[secret]": 1 }] });
});

test.each<[unknown, string]>([
  [{ code: 429 }, "RATE_LIMITED"],
  [{ code: "429" }, "RATE_LIMITED"],
  [{ status: 429 }, "RATE_LIMITED"],
  [{ code: "rate_limit_exceeded", status: 429 }, "RATE_LIMITED"],
  [{ code: null, status: 503 }, "PROVIDER_FAILED"],
  [{ code: "invalid_api_key", status: 401 }, "UNAUTHORIZED"],
  [{ code: "oops" }, "PROVIDER_FAILED"],
])("an error in a stream is told by its number, wherever that stands: %j", (error, code) => {
  expect(faultInStream({ error }, 0)).toMatchObject({ code });
});

describe("from an endpoint", () => {
  let server: MockProvider;
  beforeEach(async () => {
    server = await mockProvider();
  });
  afterEach(() => server.close());

  test("a call of tools that nobody counted has its bytes as its usage", async () => {
    server.script({ type: "tool", name: "look", input: '{"at": "it"}' });
    const outcome = await testModel(server.baseUrl).ask();
    expect(outcome).toMatchObject({ reply: { usage: { estimated: true } } });
    expect(outcome.type === "reply" && outcome.reply.usage.outputTokens).toBeGreaterThan(20);
  });

  test("a reply has begun with the try that brought it, and its first piece stays the first", async () => {
    let nowUs = 0;
    const clock = { ...quickClock(), nowUs: () => nowUs };
    server.script({ type: "status", status: 503 }, { type: "text", text: "all is well" });
    const { ask, stream } = testModel(server.baseUrl, { clock });
    const tried = await ask({}, undefined, { attempted: () => void (nowUs = 7) });
    expect(tried).toMatchObject({ reply: { startedAtUs: 7, attempt: 2 } });
    const streamed = await stream(() => void (nowUs += 1));
    expect(streamed).toMatchObject({ reply: { firstChunkAtUs: 7, finishedAtUs: 10 } });
  });

  test("the end of a stream comes too where it begins like a secret", async () => {
    server.script({ type: "text", text: "it is sk-12" });
    const pieces: string[] = [];
    await testModel(server.baseUrl, { secrets: ["sk-123456"] }).stream((text) => pieces.push(text));
    expect(pieces.join("")).toBe("it is sk-12");
  });

  test("what no other try could help ends the call, also after one that it could", async () => {
    server.script(
      { type: "status", status: 503 },
      { type: "status", status: 400 },
      { type: "text", text: "ok" },
    );
    expect(await testModel(server.baseUrl).ask()).toMatchObject({
      failure: { code: "BAD_REQUEST", attempt: 2 },
    });
    expect(server.requests).toHaveLength(2);
  });

  test("a page of a proxy with an error is that error, and another try may help", async () => {
    const headers = { "content-type": "text/html" };
    server.script(
      { type: "status", status: 502, headers, body: "<h1>Bad gateway</h1>" },
      { type: "text", text: "ok" },
    );
    expect(await testModel(server.baseUrl).ask()).toMatchObject({ reply: { text: "ok", attempt: 2 } });
  });

  test.each([
    [307, "the endpoint points elsewhere, correct baseUrl"],
    [400, `status 400: "{'error':{'message':'as told'}}"`],
  ])("an answer of %i says why in its own words, and what to do", async (status, why) => {
    server.script({ type: "status", status });
    const message = expect.stringContaining(why);
    expect(await testModel(server.baseUrl).ask()).toMatchObject({ failure: { message } });
  });

  test("what is asked for stands before the question, where the system says nothing", async () => {
    await testModel(server.baseUrl).ask({ options: ["yes", "no"] });
    expect(server.requests[0]?.body["messages"]).toMatchObject([
      { role: "system", content: expect.stringContaining("exactly one of") },
      { role: "user", content: "Merge?" },
    ]);
  });
});
