import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyLedger, fit, reserve, settle, utf8Bytes, worstCaseTokens } from "../../../inference/budget.ts";

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
