import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { quoted } from "../../../../coordination/protocol/quoted.ts";
import { redactor } from "../../../../inference/remote/redact.ts";
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
  const redact = redactor(["secret-1", "secret-12", "a"]);
  expect(redact("a secret-12 and a secret-1")).toBe("a [secret] and a [secret]");
});
