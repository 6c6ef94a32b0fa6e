import { expect, test } from "vitest";
import { readReply } from "../../../actors/agent/reply.ts";
import { runCommand } from "../../../cli/wire/commands.ts";
import { inferencePerformers } from "../../../inference/performers.ts";
import { scriptedModel } from "../../../inference/scripted.ts";
import { withoutQuotes } from "../../../observability/redact.ts";

const never = new AbortController().signal;
const body = {
  model: "m",
  agent: "ann",
  lines: [{ role: "user", content: 'SECRET "SECRET' }],
  maxTokens: 8,
  temperature: 0,
} as const;

test("what a model throws is in quotes", async () => {
  const throwing = { infer: () => Promise.reject(new Error('of "SECRET')), close: async () => {} };
  const performers = inferencePerformers({ models: { m: throwing } });
  const grant = { model: "m", sequence: 0, tokens: 80 };
  const answer = await performers.generate({ type: "generate", request: "r", body, grant }, never);
  expect(answer).toMatchObject({ failure: { message: expect.stringContaining("SECRET") } });
  const message = answer.type === "inference.failed" ? answer.failure.message : "";
  expect(withoutQuotes(message)).toBe('the model m threw "…"');
});

test("the prompt that a scripted model knows no reply to is in quotes", async () => {
  const outcome = await scriptedModel({ name: "s", nowUs: () => 1, replies: [] }).infer(body, never);
  const message = outcome.type === "failure" ? outcome.failure.message : "";
  expect(message).toContain("SECRET");
  expect(withoutQuotes(message)).toMatch(/starts with "…"; add one/);
});

test("a reply that is of no use is in quotes", () => {
  const text = `"SECRET\n${"SECRET ".repeat(20)}`;
  const reply = {
    text,
    usage: { promptTokens: 1, outputTokens: 1 },
    model: "m",
    startedAtUs: 1,
    finishedAtUs: 2,
  };
  const read = readReply(reply, ["yes", "no"]);
  const because = read.type === "unusable" ? read.because : "";
  expect(because).toContain("SECRET");
  expect(withoutQuotes(because)).toBe('"…" is none of yes, no');
});

test("what is said of a program that cannot be started is in quotes: it may repeat its arguments", async () => {
  const command = [process.execPath, "SECRET\0"];
  const effect = { type: "runCommand", request: "d", command, cwd: ".", timeoutMs: 1_000 } as const;
  const { trouble = "" } = await runCommand(effect, never);
  expect(trouble).toContain("SECRET");
  expect(withoutQuotes(trouble)).toBe('it could not be started: "…"');
});
