import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { eventsIn, scratchFolder, swarm } from "../support/cli.ts";
import { mockProvider, type MockProvider, type MockReply } from "../support/mock-provider.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";

// Each test starts the program several times.
vi.setConfig({ testTimeout: 120_000 });

const secret = "TOPSECRETPROMPT";
let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

const folder = (): string => {
  const task = {
    version: 1,
    name: "private",
    models: {
      m: { provider: "openai-compatible", baseUrl: server.baseUrl, model: "big", retries: 1, timeout: "20s" },
    },
    agents: { ann: { role: "a", model: "m", attempts: 2 } },
    workflow: [
      { id: "vote", decide: { question: "yes?", options: ["yes", "no"], voters: ["ann"] } },
      { id: "ask", ask: "ann", prompt: `${secret} of the user`, options: ["yes", "no"] },
    ],
    outputs: { choice: "${{ steps.ask.choice }}" },
  };
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.json"), JSON.stringify(task));
  return cwd;
};

const status = (code: number, type: string, body: string): MockReply => ({
  type: "status",
  status: code,
  headers: { "content-type": type },
  body,
});

test.each<readonly [string, MockReply]>([
  ["in plain text", status(500, "text/plain", `cannot process input: ${secret} of the user`)],
  ["in single quotes", status(400, "application/json", `{'error': 'invalid prompt ${secret} of the user'}`)],
  ["on a page", status(400, "text/html", `<html>\n<p class="e">${secret} of the user</p></html>`)],
  ["in JSON that was cut off", status(400, "application/json", `{"error": {"message": "${secret}`)],
  ["in a stream", { type: "streamError", error: { message: `odd: ${secret}` } }],
  ["as a reply of no use", { type: "text", text: `I say "${secret}\n${secret}` }],
])("a prompt that a provider repeats %s leaves on opt-in only", async (_, reply) => {
  server.script(reply);
  const cwd = folder();
  const otlp = await startOtlpReceiver();
  onTestFinished(() => otlp.close());
  const words = ["run", "task.json", "--json", "--otlp", otlp.url, "--metrics-port", "0"];
  const { code, stdout } = await swarm(words, { cwd });
  expect(code).toBe(1);
  // Whoever runs it reads why it failed.
  expect(stdout).toContain(secret);
  const run = String(eventsIn(stdout)[0]?.["run"]);
  const told = async (...asked: readonly string[]) => (await swarm(asked, { cwd })).stdout;
  await told("trace", run, "--chrome", "chrome.json");
  const sinks = {
    otlp: Buffer.concat(otlp.bodies).toString("latin1"),
    json: await told("trace", run, "--json"),
    chrome: readFileSync(join(cwd, "chrome.json"), "utf8"),
    report: await told("report", run, "--html", "-"),
    metrics: readFileSync(join(cwd, ".swarm", "runs", run, "metrics.prom"), "utf8"),
  };
  for (const [sink, text] of Object.entries(sinks)) {
    expect(text, sink).not.toBe("");
    expect(text.includes(secret), sink).toBe(false);
  }
});

test("with the opt-in a failure is told as the provider said it", async () => {
  server.script(status(500, "text/plain", `cannot process input: ${secret}`));
  const cwd = folder();
  await swarm(["run", "task.json"], { cwd });
  const { stdout } = await swarm(["trace", "--json", "--trace-content"], { cwd });
  expect(stdout).toContain(`cannot process input: ${secret}`);
});

test("what a program was started with leaves on opt-in only, where it cannot be started", async () => {
  const cwd = scratchFolder(onTestFinished);
  const options = ["yes", "no"];
  const truth = { command: [`./${secret}/judge`], passed: "yes", failed: "no" };
  const task = {
    version: 1,
    name: "graded",
    models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
    agents: { ann: { role: "a", model: "m" } },
    workflow: [{ id: "vote", decide: { question: "yes?", options, voters: ["ann"], truth } }],
    outputs: { option: "${{ steps.vote.output }}" },
  };
  writeFileSync(join(cwd, "task.json"), JSON.stringify(task));
  const { stdout: events } = await swarm(["run", "task.json", "--json", "--allow-commands"], { cwd });
  expect(events).toContain(`spawn ./${secret}/judge`);
  const { stdout } = await swarm(["trace", "--json"], { cwd });
  expect(stdout).toContain("COMMAND_FAILED");
  expect(stdout).not.toContain(secret);
});
