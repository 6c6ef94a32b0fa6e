import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { quoted } from "../../../../coordination/protocol/quoted.ts";
import { pieceRedactor, redactor } from "../../../../inference/remote/redact.ts";
import { often } from "../../../support/deep.ts";
import { mockProvider, type MockProvider } from "../../../support/mock-provider.ts";
import { testModel } from "../../../support/remote-model.ts";

const canary = "sk-canary/6f1d+9e==";
let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

describe("a key", () => {
  test.each([
    ["a reply", 200],
    ["a refusal", 401],
    ["a failure", 503],
  ])("that the provider quotes in %s is taken out", async (_, status) => {
    server.script({ type: "echo", status });
    const { ask, attempts } = testModel(server.baseUrl, {
      headers: { Authorization: `Bearer ${canary}`, "X-Again": Buffer.from(canary).toString("base64") },
      secrets: [canary],
    });
    const outcome = await ask();
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${canary}`);
    const said = JSON.stringify([outcome, attempts]);
    expect(said).toContain("[secret]");
    expect(said).not.toContain(canary);
    expect(said).not.toContain(Buffer.from(canary).toString("base64"));
  });

  test("does not follow a redirect to another host", async () => {
    const other = await mockProvider();
    try {
      server.script({ type: "redirect", to: `${other.baseUrl}/chat/completions` });
      const { ask } = testModel(server.baseUrl, { headers: { Authorization: `Bearer ${canary}` } });
      expect(await ask()).toMatchObject({ type: "failure", failure: { code: "BAD_REQUEST" } });
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

test.each([
  ["cut", canary, `${"x".repeat(288)}${canary} is no key`],
  ["in an address", canary, `GET /v1?key=${encodeURIComponent(canary)}`],
  ["of several lines", "sk-canary\n6f1d", "no sk-canary\n6f1d here"],
  ["in JSON", 'Digest "ann"', JSON.stringify({ message: 'no Digest "ann" here' })],
])("a key that stands in a quotation is taken out: %s", (_, secret, said) => {
  const told = redactor([secret])(`status 401: ${quoted(said)}`);
  expect(told).toContain("[secret]");
  expect(told).not.toMatch(/canary|6f1d|Digest|ann/);
});

test("what looks like the beginning of a key stays where nothing was cut", () => {
  expect(redactor([canary])("sk-canary is no key, and sk-can… is one that was cut")).toBe(
    "sk-canary is no key, and [secret]… is one that was cut",
  );
});

test("a key with a quote in it is taken out of what is quoted", () => {
  const redact = redactor(['Digest "ann"']);
  expect(redact(`status 401: ${quoted('no Digest "ann" here')}`)).toBe('status 401: "no [secret] here"');
});

test("of two secrets the longer goes first, and short ones make no riddles", () => {
  const redact = redactor(["secret-1", "secret-12", "a", "      ", "     b"]);
  expect(redact("a b secret-12 and a secret-1")).toBe("a b [secret] and a [secret]");
});

describe("a text that comes in pieces", () => {
  const inPieces = (secrets: readonly string[], pieces: readonly string[]): readonly string[] => {
    const told: string[] = [];
    const out = pieceRedactor(secrets)((text) => told.push(text));
    for (const piece of pieces) out.text(piece);
    out.end();
    return told;
  };

  test.each([
    ["a blank", "open sesame", ["say open", " ", "sesame now"], "say [secret] now"],
    ["an end of a line", "sk-ab\ncd", ["sk-ab", "\n", "cd."], "[secret]."],
    ["in JSON", "sk-ab\ncd", ["sk-ab", "\\", "ncd."], "[secret]."],
    ["its lines put together", "sk-ab\n cd", ["sk-ab", " cd."], "[secret]."],
    ["cut", "open sesame", ["open se", "… no"], "[secret]… no"],
    ["no secret after all", "open sesame", ["open se", "ason"], "open season"],
    ["its beginning twice", "ababac", ["aba", "ba", "bac!"], "ab[secret]!"],
    ["a beginning at the end", "open sesame", ["say ", "open s"], "say open s"],
  ])("has its secrets taken out: %s", (_, secret, pieces, told) => {
    expect(inPieces([secret], pieces).join("")).toBe(told);
  });

  test("waits for no other piece where nothing could become a secret", () => {
    expect(inPieces(["open sesame"], ["say ", "ope", "n ", "it", "!"])).toEqual(["say ", "open it", "!"]);
  });

  test("where one secret ends as another begins, is cut before both", () => {
    expect(inPieces(["xxabcd", "abcdef"], ["-xxabcd", "e."])).toEqual(["-", "[secret]e."]);
    // And before one that ends where the second begins.
    expect(inPieces(["yyyyyyyab", "abcdef", "fghijk"], ["-yyyyyyyabcdef", "."])).toEqual([
      "-",
      "[secret]cdef.",
    ]);
  });

  test("says what it says as a whole, however it is cut", () => {
    const unit = fc.constantFrom("a", "b", " ", "\n", "…", '"');
    const word = fc.string({ unit, minLength: 1, maxLength: 8 });
    const secret = fc.string({ unit, minLength: 6, maxLength: 9 });
    const secrets = fc.array(secret, { minLength: 1, maxLength: 3 });
    const cases = secrets.chain((known) =>
      fc.tuple(fc.constant(known), fc.array(fc.oneof(word, fc.constantFrom(...known)), { maxLength: 12 })),
    );
    fc.assert(
      fc.property(
        cases,
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 40 }),
        ([known, words], lengths) => {
          const whole = words.join("");
          const pieces: string[] = [];
          let rest = whole;
          for (const length of lengths) {
            pieces.push(rest.slice(0, length));
            rest = rest.slice(length);
          }
          expect(inPieces(known, [...pieces, rest]).join("")).toBe(redactor(known)(whole));
        },
      ),
      { numRuns: often(2_000) },
    );
  });
});
