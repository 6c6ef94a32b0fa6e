import { describe, expect, test } from "vitest";
import { quoted } from "../../../coordination/protocol/quoted.ts";
import { redactor, withoutQuotes } from "../../../observability/redact.ts";
import { cpuMs } from "../../support/cpu-time.ts";

const redact = redactor(["correct horse battery", "a1b2c3", "yes"]);

describe("the redactor", () => {
  test.each([
    ["a known secret, wherever it stands", "say correct horse battery now", "say [redacted] now"],
    ["a key by its prefix", "use sk-proj-abcdefghijklmnop1234 here", "use [redacted] here"],
    ["a token of GitHub", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "[redacted]"],
    ["an access key of AWS", "AKIAIOSFODNN7EXAMPLE", "[redacted]"],
    ["a JSON Web Token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", "[redacted]"],
    ["a header", "Authorization: Bearer abcdefghijkl", "Authorization: [redacted]"],
    ["the password of a URL", "nats://me:secret@host:4222/x", "nats://[redacted]@host:4222/x"],
    ["what stands behind a name", 'password = "hunter 2", next', "password = [redacted], next"],
    ["the same in JSON", '{"api_key":"x","n":1}', '{"api_key":[redacted],"n":1}'],
    [
      "a private key",
      "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest",
      "[redacted]\nrest",
    ],
  ])("hides %s", (_, text, safe) => {
    expect(redact(text)).toBe(safe);
  });

  test.each([
    ["a value that is an ordinary word", "yes, of course"],
    ["a log line", "2026-11-21 07:02:10.114 UTC [914] LOG: checkpoint complete: wrote 312 buffers (1.9%)"],
    ["a token count", "the call may take 4096 tokens, 12 of 100 are left"],
    ["an address without a password", "http://127.0.0.1:4318/v1/traces"],
    ["a digest", "sha256:5ded28fe9f17c9032866c002981edd1923f36cf8bda1fa83052e13406bdd026f"],
  ])("leaves %s alone", (_, text) => {
    expect(redact(text)).toBe(text);
  });

  test("hides a secret that holds another one as a whole, however they are named", () => {
    for (const secrets of [
      ["abcdef", "abcdef-ghijkl"],
      ["abcdef-ghijkl", "abcdef"],
    ])
      expect(redactor(secrets)("abcdef-ghijkl and abcdef")).toBe("[redacted] and [redacted]");
  });

  test("hides values of six characters and more", () => {
    expect(redactor(["abcdef", "ghijk"])("abcdef ghijk")).toBe("[redacted] ghijk");
  });

  test("is quick on long text", () => {
    const text = "a: b=c token sk- password eyJ ".repeat(20_000);
    const from = cpuMs();
    redact(text);
    expect(cpuMs() - from).toBeLessThan(5_000);
  });
});

test("what a sentence quotes can be left out, from the first quote to the last", () => {
  expect(withoutQuotes('"he said "hi" to me" is none of yes, no')).toBe('"…" is none of yes, no');
});

test.each([
  ["nothing", "the request was aborted", "the request was aborted"],
  ["one quote that does not end", 'status 500: "SECRET and so on', 'status 500: "…"'],
  ["a second quote that does not end", '"a" is not "SECRET', '"…"'],
  ["lines within it", 'it said "one\nSECRET\n" again', 'it said "…" again'],
])("of a sentence that quotes %s", (_, sentence, told) => {
  expect(withoutQuotes(sentence)).toBe(told);
});

describe("whatever words are quoted, none of them is left", () => {
  test.each([
    ["plain words", "SECRET"],
    ["quotes", 'he said "SECRET" and "'],
    ["a quote that does not end", '{"error": "SECRET'],
    ["single quotes", "{'error': 'SECRET'}"],
    ["typographic quotes", "“SECRET” „SECRET“ «SECRET» ＂SECRET＂"],
    ["a backslash before a quote", '\\"SECRET\\" SECRET\\'],
    ["lines and controls", 'one\n"\r\nSECRET\u2028\u0000"'],
    ["much text", `${"x".repeat(290)}" SECRET SECRET SECRET${"y".repeat(1_000_000)}`],
    ["a quote at the cut", `SECRET ${"x".repeat(292)}"SECRET`],
    ["half a character at the cut", `SECRET ${"x".repeat(292)}😀`],
    ["nothing", ""],
  ])("%s", (_, words) => {
    const sentence = `status 500: ${quoted(words)}; try again`;
    expect(withoutQuotes(sentence)).toBe('status 500: "…"; try again');
    expect(sentence.match(/"/g)).toHaveLength(2);
    expect(sentence.length).toBeLessThan(340);
    expect(sentence).not.toMatch(/[\n\r\u2028]|[\ud800-\udbff](?![\udc00-\udfff])/);
  });
});
