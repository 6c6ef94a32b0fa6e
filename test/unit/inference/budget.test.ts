import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InferenceRequest } from "../../../coordination/protocol/inference-messages.ts";
import {
  dollars,
  emptyLedger,
  estimatedTokens,
  fit,
  reserve,
  settle,
  utf8Bytes,
  worstCase,
  worstCaseTokens,
} from "../../../inference/budget.ts";

const tokensOnly = (tokens: number) => ({ tokens, nanoUsd: 0 });

describe("a ledger", () => {
  test.each([
    ["fits while spent and reserved leave room", 30, "fits"],
    ["waits for what others may give back", 31, "wait"],
    ["never fits above what is not spent", 91, "never"],
  ])("%s", (_, tokens, expected) => {
    const ledger = reserve(
      settle(reserve(emptyLedger, tokensOnly(20)), tokensOnly(20), { promptTokens: 8, outputTokens: 2 }),
      tokensOnly(60),
    );
    expect(ledger).toEqual({ ...emptyLedger, spentTokens: 10, reservedTokens: 60, spentTurns: 2 });
    expect(fit(ledger, { tokens: 100 }, tokensOnly(tokens)).type).toBe(expected);
  });

  test("spends a turn when a call starts, whatever becomes of it", () => {
    const ledger = settle(reserve(emptyLedger, tokensOnly(5)), tokensOnly(5), undefined);
    expect(ledger).toEqual({ ...emptyLedger, spentTurns: 1 });
    expect(fit(ledger, { turns: 1 }, tokensOnly(1)).type).toBe("never");
  });

  test("has no bound where none is given", () => {
    expect(fit(emptyLedger, {}, tokensOnly(1e12), 3)).toEqual({ type: "fits", tries: 3 });
  });

  test("spends the last turn, token and dollar, and none after", () => {
    const cost = { tokens: 10, nanoUsd: 20 };
    const spent = settle(reserve(emptyLedger, cost), cost, {
      promptTokens: 10,
      outputTokens: 0,
      costNanoUsd: 20,
    });
    expect(fit(emptyLedger, { turns: 1, tokens: 10, nanoUsd: 20 }, cost, 2)).toEqual({
      type: "fits",
      tries: 1,
    });
    expect(fit(spent, { tokens: 20, nanoUsd: 40 }, cost, 2)).toEqual({ type: "fits", tries: 1 });
    for (const limits of [{ turns: 1 }, { tokens: 19 }, { nanoUsd: 39 }])
      expect(fit(spent, limits, cost).type).toBe("never");
    for (const limits of [{ tokens: 29 }, { nanoUsd: 59 }])
      expect(fit(reserve(spent, cost), limits, cost).type).toBe("wait");
  });

  test("spends what a call took beyond what was held, and gives back no more than that held", () => {
    const cost = { tokens: 10, nanoUsd: 20 };
    const other = { tokens: 5, nanoUsd: 5 };
    const usage = { promptTokens: 10, outputTokens: 3, costNanoUsd: 26 };
    const spent = settle(reserve(reserve(emptyLedger, other), cost), cost, usage);
    expect(spent).toEqual({
      spentTokens: 13,
      reservedTokens: 5,
      spentNanoUsd: 26,
      reservedNanoUsd: 5,
      spentTurns: 2,
    });
    // Nothing is left, and not less than nothing.
    expect(fit(spent, { tokens: 12 }, cost)).toMatchObject({
      message: expect.stringContaining(", 0 of 12 are"),
    });
    expect(fit(spent, { nanoUsd: 25 }, cost)).toMatchObject({
      message: expect.stringContaining(", 0 of 0.000000025 are"),
    });
  });

  test("notices that more comes back than went out", () => {
    expect(() => settle(emptyLedger, tokensOnly(1), undefined)).toThrow("more than was reserved");
  });
});

describe("the worst case of a request", () => {
  test("covers each byte of its lines and options, and the longest reply", () => {
    const request = {
      model: "m",
      agent: "a",
      lines: [{ role: "user" as const, content: "é" }],
      options: ["yes"],
      maxTokens: 7,
      temperature: 0,
    };
    expect(worstCaseTokens(request)).toBeGreaterThanOrEqual(2 + 3 + 7);
  });

  const plain: InferenceRequest = { model: "m", agent: "a", lines: [], maxTokens: 7, temperature: 0 };
  const long = "x".repeat(500);
  const call = { id: "1", name: "look", input: { long } };
  test.each<[string, Partial<InferenceRequest>, number]>([
    ["an option, in the question and in the schema of the answer", { options: [long] }, 1000],
    ["a schema, in the question and beside it", { schema: { title: long } }, 1000],
    ["a reason", { reason: true }, 100],
    ["a tool", { tools: [{ name: "look", description: long, parameters: {} }] }, 500],
    ["a round of tools", { rounds: [{ text: long, calls: [{ call, result: long }] }] }, 1500],
  ])("covers %s", (_, more, tokens) => {
    expect(worstCaseTokens({ ...plain, ...more }) - worstCaseTokens(plain)).toBeGreaterThanOrEqual(tokens);
  });

  test("costs the price of each side, rounded up", () => {
    const tokens = worstCaseTokens(plain);
    expect(worstCase(plain, { inputPicoUsd: 1000, outputPicoUsd: 3001 })).toEqual({
      tokens,
      nanoUsd: tokens - 7 + 22,
    });
    expect(worstCase(plain)).toEqual({ tokens, nanoUsd: 0 });
  });

  test("utf8Bytes counts what an encoder would write, lone surrogates included", () => {
    const law = fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
    });
    fc.assert(law);
    for (const text of ["\ud83d", "\ude00", "\ud83d\ude00", "a\ud83d\ud83d\ude00", "\ude00\ud83d"]) {
      expect(utf8Bytes(text), JSON.stringify(text)).toBe(Buffer.byteLength(text));
    }
  });
});

test.each([
  [0, "0"],
  [1, "0.000000001"],
  [1_250_000, "0.00125"],
  [10_000_000_000, "10"],
  [12_500_000_000, "12.5"],
])("%i billionths of a dollar read %s", (nanoUsd, text) => expect(dollars(nanoUsd)).toBe(text));

test.each([
  ["", 0],
  ["a", 1],
  ["four", 1],
  ["fünf", 2],
])("%j has an estimated %i tokens", (text, tokens) => expect(estimatedTokens(text)).toBe(tokens));
