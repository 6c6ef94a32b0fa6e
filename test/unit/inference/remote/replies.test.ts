import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { labelConfidence, type TokenLogprob } from "../../../../inference/remote/label-logprobs.ts";
import { presetNames, presets } from "../../../../inference/remote/preset.ts";
import { mockProvider, type MockProvider } from "../../../support/mock-provider.ts";
import { testModel } from "../../../support/remote-model.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

const options = ["approve", "reject", "approve with changes"];
const lastBody = () => server.requests.at(-1)?.body ?? {};

describe("text", () => {
  test("comes as a stream, with what was used and when", async () => {
    server.script({ type: "text", text: "all is well", usage: { prompt_tokens: 21, completion_tokens: 3 } });
    const { ask } = testModel(server.baseUrl, { price: { inputPicoUsd: 150_000, outputPicoUsd: 600_000 } });
    const outcome = await ask();
    expect(outcome).toMatchObject({
      type: "reply",
      reply: {
        text: "all is well",
        model: "remote:mock",
        finishReason: "stop",
        attempt: 1,
        // 21 tokens at 0.15 and 3 at 0.60 dollars a million.
        usage: { promptTokens: 21, outputTokens: 3, costNanoUsd: 4950 },
      },
    });
    if (outcome.type !== "reply") return;
    const { startedAtUs, firstChunkAtUs = 0, finishedAtUs } = outcome.reply;
    expect(firstChunkAtUs).toBeGreaterThanOrEqual(startedAtUs);
    expect(finishedAtUs).toBeGreaterThanOrEqual(firstChunkAtUs);
    expect(lastBody()).toMatchObject({ model: "big", stream: true, stream_options: { include_usage: true } });
  });

  test("is read in one piece too, from a server that does not stream", async () => {
    server.script({ type: "whole", text: "all is well" });
    const { ask } = testModel(server.baseUrl);
    expect(await ask()).toMatchObject({
      reply: { text: "all is well", finishReason: "stop", usage: { promptTokens: 10, outputTokens: 2 } },
    });
  });

  test("that nobody counted has an upper bound as its usage, and says so", async () => {
    server.script({ type: "text", text: "all is well", usage: null });
    const { ask } = testModel(server.baseUrl, { price: null });
    expect(await ask()).toMatchObject({
      reply: { usage: { estimated: true, outputTokens: 11, costNanoUsd: null } },
    });
  });

  test.each([
    ["its full name", "big-2026-05-13", "big-2026-05-13"],
    ["a path", "/models/org/big-7B.Q4_K_M.gguf", "/models/org/big-7B.Q4_K_M.gguf"],
    ["nothing", undefined, "big"],
    ["prose", "you asked me who is who", undefined],
    ["too much", "m".repeat(129), undefined],
  ])("names the model that answered, where the endpoint says %s", async (_, model, servedModel) => {
    server.script({ type: "text", text: "fine", ...(model === undefined ? {} : { model }) });
    const outcome = await testModel(server.baseUrl).ask();
    expect(outcome.type === "reply" && outcome.reply.servedModel).toBe(servedModel);
  });

  test("that was cut off says so", async () => {
    server.script({ type: "text", text: "all is", finish: "length" });
    expect(await testModel(server.baseUrl).ask()).toMatchObject({ reply: { finishReason: "length" } });
  });

  test("lines of one speaker are sent as one", async () => {
    const { ask } = testModel(server.baseUrl);
    await ask({
      lines: [
        { role: "system", content: "You are brief." },
        { role: "user", content: "one" },
        { role: "user", content: "two" },
      ],
    });
    expect(lastBody()["messages"]).toEqual([
      { role: "system", content: "You are brief." },
      { role: "user", content: "one\n\ntwo" },
    ]);
  });
});

describe("each preset", () => {
  test.each(presetNames)("%s sends what its server knows", async (name) => {
    const dialect = presets[name];
    server.script({ type: "text", text: '{"answer": "reject", "confidence": 0.7}' });
    const stated = testModel(server.baseUrl, { dialect, confidence: "stated" });
    expect(await stated.ask({ options })).toMatchObject({ reply: { choice: "reject", confidence: 0.7 } });
    expect(lastBody()["response_format"] !== undefined).toBe(dialect.schema);
    expect(lastBody()[dialect.maxTokensKey]).toBe(64);
    const sure = testModel(server.baseUrl, { dialect, confidence: "logprobs" });
    await sure.ask({ options });
    expect(lastBody()["logprobs"]).toBe(dialect.logprobs ? true : undefined);
  });
});

describe("a choice", () => {
  test("has its confidence from the probabilities of tokens", async () => {
    server.script({
      type: "text",
      text: "reject",
      tokens: [
        [
          ["re", 0.7],
          ["app", 0.2],
          ["Re", 0.05],
          ["zzz", 0.05],
        ],
        [["ject", 1]],
      ],
    });
    const outcome = await testModel(server.baseUrl).ask({ options });
    expect(outcome).toMatchObject({
      reply: { text: "reject", choice: "reject", confidenceFrom: "logprobs" },
    });
    // What led to no option is left out: .75 of .95.
    expect(outcome.type === "reply" && outcome.reply.confidence).toBeCloseTo(0.75 / 0.95, 9);
  });

  test("without probabilities has no confidence, rather than one that nobody gave", async () => {
    server.script({ type: "text", text: "Reject." });
    const outcome = await testModel(server.baseUrl).ask({ options });
    expect(outcome).toMatchObject({ reply: { choice: "reject" } });
    expect(outcome).not.toHaveProperty("reply.confidence");
  });

  test.each([
    ["as asked", '{"answer": "approve", "confidence": 0.8}', "approve", 0.8],
    ["in a fence", 'Sure!\n```json\n{"answer": "approve", "confidence": 0.8}\n```', "approve", 0.8],
    ["with a word before it", 'I say {"answer": "Approve", "confidence": 1}.', "approve", 1],
    ["that is none of the options", '{"answer": "maybe", "confidence": 0.8}', undefined, undefined],
    ["surer than sure", '{"answer": "approve", "confidence": 80}', undefined, undefined],
    ["that is no JSON", "approve, I think", undefined, undefined],
  ])("and a number that it states: %s", async (_, text, choice, confidence) => {
    server.script({ type: "text", text });
    const outcome = await testModel(server.baseUrl, { confidence: "stated" }).ask({ options });
    expect(outcome.type === "reply" && outcome.reply.choice).toBe(choice);
    expect(outcome.type === "reply" && outcome.reply.confidence).toBe(confidence);
    expect(outcome.type === "reply" && outcome.reply.confidenceFrom).toBe(choice && "stated");
  });
});

describe("a stream", () => {
  const pieces: string[] = [];
  const streamed = (config: Parameters<typeof testModel>[1] = {}) => {
    pieces.length = 0;
    return testModel(server.baseUrl, config).stream((text) => pieces.push(text));
  };

  test("hands out piece by piece what is the reply in the end, and no secret in pieces", async () => {
    server.script({
      type: "text",
      text: "all is sk-abc b",
      tokens: ["all ", "is sk", "-", "abc", " b"].map((text) => [[text, 1]]),
    });
    expect(await streamed({ secrets: ["sk-abc"] })).toMatchObject({ reply: { text: "all is [secret] b" } });
    expect(pieces).toEqual(["all ", "is ", "[secret] b"]);
  });

  test("hands out no secret with blanks and ends of lines in it, which comes in pieces", async () => {
    const secret = "correct horse\nbattery";
    const tokens = ["I say cor", "rect ", "horse", "\nbatt", "ery, or ", "correct ", "horses"];
    server.script({ type: "text", text: tokens.join(""), tokens: tokens.map((text) => [[text, 1]]) });
    expect(await streamed({ secrets: [secret] })).toMatchObject({
      reply: { text: "I say [secret], or correct horses" },
    });
    expect(pieces).toEqual(["I say ", "[secret], or ", "correct horses"]);
  });

  test("that breaks is not begun again once some of it was handed out, and is where nothing was", async () => {
    server.script({ type: "drop", text: "half of it" }, { type: "text", text: "whole" });
    expect(await streamed()).toMatchObject({ failure: { code: "PROVIDER_FAILED" } });
    expect(server.requests).toHaveLength(1);
    server.script({ type: "status", status: 503 }, { type: "text", text: "whole" });
    expect(await streamed()).toMatchObject({ reply: { text: "whole" } });
    expect(pieces).toEqual(["whole"]);
  });
});

describe("a choice with a reason", () => {
  const asked = { options, reason: true } as const;

  test("has it on the second line, and its confidence from the first alone", async () => {
    server.script({
      type: "text",
      text: "reject\nIt breaks the build.",
      tokens: [
        [
          ["reject", 0.8],
          ["approve", 0.2],
        ],
        [["\n", 0.5]],
        [["It breaks the build.", 0.1]],
      ],
    });
    const outcome = await testModel(server.baseUrl).ask(asked);
    expect(outcome).toMatchObject({
      reply: { text: "reject", choice: "reject", reason: "It breaks the build." },
    });
    expect(outcome.type === "reply" && outcome.reply.confidence).toBeCloseTo(0.8, 9);
    expect(JSON.stringify(lastBody()["messages"])).toContain("why in one sentence on the second");
  });

  test("of a model that states its confidence stands beside it", async () => {
    server.script({ type: "text", text: '{"answer": "reject", "confidence": 0.7, "reason": "It leaks."}' });
    expect(await testModel(server.baseUrl, { confidence: "stated" }).ask(asked)).toMatchObject({
      reply: { choice: "reject", confidence: 0.7, reason: "It leaks." },
    });
    expect(lastBody()["response_format"]).toMatchObject({
      json_schema: { schema: { required: ["answer", "confidence", "reason"] } },
    });
  });

  test("of a model that is asked several times is that of each reply", async () => {
    server.script({ type: "text", text: "Approve.\nAll is green." });
    const outcome = await testModel(server.baseUrl, { confidence: "sampled" }).ask(asked);
    expect(outcome).toMatchObject({ reply: { choice: "approve", reason: "All is green." } });
    expect(outcome).not.toHaveProperty("reply.confidence");
    expect(lastBody()["logprobs"]).toBeUndefined();
  });
});

describe("a reply with a schema", () => {
  const schema = {
    type: "object",
    properties: { severity: { enum: ["low", "high"] } },
    required: ["severity"],
    additionalProperties: false,
  };
  test.each([
    ["is data where it fits", '{"severity": "high"}', { severity: "high" }],
    ["is none where it does not", '{"severity": "dire"}', undefined],
    ["is none where it is no JSON", "high", undefined],
  ])("%s", async (_, text, value) => {
    server.script({ type: "text", text });
    const outcome = await testModel(server.baseUrl).ask({ schema });
    expect(outcome.type === "reply" && outcome.reply.value).toEqual(value);
    expect(lastBody()["response_format"]).toMatchObject({ json_schema: { schema } });
  });
});

describe("tools", () => {
  test("a call comes back, and its result goes out with the next question", async () => {
    server.script(
      { type: "tool", name: "weather", input: '{"city": "Oslo"}' },
      { type: "text", text: "cold" },
    );
    const { ask } = testModel(server.baseUrl);
    const tools = [
      {
        name: "weather",
        description: "the weather in a city",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      },
    ];
    const call = { id: "call_1", name: "weather", input: { city: "Oslo" } };
    expect(await ask({ tools })).toMatchObject({
      reply: { finishReason: "tool-calls", toolCalls: [call] },
    });
    expect(lastBody()["tools"]).toMatchObject([
      { function: { name: "weather", parameters: tools[0]?.parameters } },
    ]);
    const rounds = [{ text: "", calls: [{ call, result: "-4 C" }] }];
    expect(await ask({ tools, rounds })).toMatchObject({ reply: { text: "cold", finishReason: "stop" } });
    expect(lastBody()["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant", tool_calls: [{ id: "call_1", function: { name: "weather" } }] },
      { role: "tool", tool_call_id: "call_1", content: "-4 C" },
    ]);
  });
});

describe("the confidence of a label", () => {
  const token = (said: string, ...alternatives: readonly (readonly [string, number])[]): TokenLogprob => {
    const list = alternatives.map(([text, probability]) => ({ token: text, logprob: Math.log(probability) }));
    const own = list.find((one) => one.token === said) ?? { token: said, logprob: 0 };
    return { ...own, alternatives: list };
  };

  test("follows the reply where its beginning fits several options", () => {
    const sure = labelConfidence(options, [
      token("approve", ["approve", 0.9], ["reject", 0.1]),
      token(" with", [" with", 0.6], ["<end>", 0.4]),
      token(" changes", [" changes", 1]),
    ]);
    expect(sure?.choice).toBe("approve with changes");
    expect(sure?.probabilities["approve with changes"]).toBeGreaterThan(0.5);
    expect(sure?.probabilities["reject"]).toBeCloseTo(0.1, 9);
  });

  test.each<readonly [string, readonly string[], number]>([
    ["a longer option begins with it", ["approve", "approve with changes"], 0.9],
    ["a shorter option begins it", ["app", "approve"], 0.9],
    ["options are numbers", ["1", "approve", "10", "11", "12"], 0.9],
  ])("is that of the option which the reply is, though %s", (_, labels, probability) => {
    const said = labels.includes("1") ? "1" : "approve";
    const sure = labelConfidence(labels, [token(said, [said, probability], ["dunno", 1 - probability])]);
    expect(sure).toMatchObject({ choice: said, confidence: 1 });
  });

  test("is unknown where the reply leads to no option", () => {
    expect(labelConfidence(options, [token("dunno", ["dunno", 1])])).toBeUndefined();
    expect(labelConfidence(options, [])).toBeUndefined();
  });

  test("is a probability over the options, whatever the tokens", () => {
    const piece = fc.constantFrom("app", "approve", " with", "re", "ject", '"', " ", "zzz", "reject", "");
    const one = fc.record({
      token: piece,
      logprob: fc.double({ min: -30, max: 0, noNaN: true }),
      alternatives: fc.array(
        fc.record({ token: piece, logprob: fc.double({ min: -30, max: 0, noNaN: true }) }),
        { maxLength: 5 },
      ),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (tokens) => {
        const sure = labelConfidence(options, tokens);
        if (sure === undefined) return;
        const shares = Object.values(sure.probabilities);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
        expect(sure.confidence).toBe(Math.max(...shares));
        expect(options).toContain(sure.choice);
      }),
    );
  });
});
