import { describe, expect, test } from "vitest";
import { redactor, withoutQuotes } from "../../../observability/redact.ts";

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

  test("is quick on long text", () => {
    const text = "a: b=c token sk- password eyJ ".repeat(20_000);
    const from = performance.now();
    redact(text);
    expect(performance.now() - from).toBeLessThan(5_000);
  });
});

test("what a sentence quotes can be left out, from the first quote to the last", () => {
  expect(withoutQuotes('"he said "hi" to me" is none of yes, no')).toBe('"…" is none of yes, no');
});
