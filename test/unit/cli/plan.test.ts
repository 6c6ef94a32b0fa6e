import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planCommand, type PlanFlags } from "../../../cli/commands/plan.ts";
import { durationWords } from "../../../cli/plan/describe-step.ts";
import { modelSizes, sizeWords } from "../../../cli/plan/model-sizes.ts";
import { listeningContext } from "./listening-context.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const task = `version: 1
name: small
inputs: { log: { type: file, path: app.log }, who: { type: text, required: true } }
models: { own: { provider: llama, file: own.gguf } }
resources: { budget: { turns: 3, wall: 10m } }
agents:
  reader: { role: reader, model: own, domain: logs }
  labeller: { role: labeller, model: "voter:generalist" }
workflow:
  - id: each
    map:
      over: "\${{ inputs.log.lines }}"
      concurrency: 8
      do:
        - { id: look, ask: reader, prompt: "\${{ item.text }}" }
        - { id: label, ask: labeller, prompt: "\${{ item.text }}", options: [info, warning, error, critical] }
`;

const planned = async (flags: PlanFlags) => {
  writeFileSync(join(folder, "task.yaml"), task);
  const { context, said } = listeningContext(folder);
  return { exit: await planCommand("task.yaml", flags, context), ...said };
};

test("an input that is needed and absent is told, and the rest is planned", async () => {
  writeFileSync(join(folder, "app.log"), "one\ntwo\n");
  const { exit, result } = await planned({});
  expect(exit).toBe(0);
  expect(result).toMatch(/who +absent +.*--input who=/);
  expect(result).toMatch(/log +file +app\.log +2 lines/);
  expect(result).toContain("each: map over inputs.log.lines as item · 8 at once · 2 items");
});

test("a budget that the known calls are over is told before the run", async () => {
  writeFileSync(join(folder, "app.log"), "one\ntwo\n");
  expect((await planned({})).result).toMatch(/budget calls +3; needs 4 calls at least.*exit 4/);
});

test("a list that is not there leaves the calls open", async () => {
  const { exit, result } = await planned({});
  expect(exit).toBe(0);
  expect(result).toContain("items known when it runs");
  expect(result).toMatch(/calls +known when it runs/);
});

test("models that label are told apart from those that write, and a missing file is told", async () => {
  const { result } = await planned({});
  expect(result).toMatch(/voter:generalist +voter .*labels a line; does not write text/);
  expect(result).toMatch(/own +llama .*cannot be read/);
});

test("the flowchart stands alone on stdout", async () => {
  const { result } = await planned({ mermaid: true });
  expect(result).toMatch(/^flowchart TD\n/);
  expect(result).not.toContain("AGENT");
});

test("programs get one document with everything in it", async () => {
  writeFileSync(join(folder, "app.log"), "one\ntwo\n");
  const { result } = await planned({ json: true });
  expect(JSON.parse(result)).toMatchObject({
    name: "small",
    file: "task.yaml",
    absent: [{ name: "who" }],
    steps: [
      { address: "each", kind: "map", concurrency: 8, items: 2 },
      { address: "each/look", parent: "each", agents: ["reader"], calls: 2 },
      { address: "each/label", options: ["info", "warning", "error", "critical"] },
    ],
    agents: [
      { agent: "reader", model: "own", provider: "llama", domain: "logs" },
      { agent: "labeller", provider: "voter", domain: null },
    ],
    estimate: { calls: 4, callsWithRetries: 8 },
    budget: [
      { what: "turns", limit: 3, estimate: 4 },
      { what: "tokens", limit: null },
      { what: "wallMs", limit: 600_000 },
      { what: "usd", limit: null },
    ],
    mermaid: expect.stringContaining("flowchart TD"),
    warnings: expect.any(Array),
  });
});

test("a task with problems is refused with all of them", async () => {
  writeFileSync(join(folder, "bad.yaml"), "version: 1\n");
  await expect(planCommand("bad.yaml", {}, listeningContext(folder).context)).rejects.toMatchObject({
    code: "BAD_TASK",
    exit: 2,
  });
});

describe("sizes", () => {
  test("of a file of one's own are those of the file", () => {
    writeFileSync(join(folder, "own.gguf"), "x".repeat(2048));
    const spec = {
      provider: "llama",
      file: join(folder, "own.gguf"),
      context: 4096,
      temperature: 0,
    } as const;
    expect(modelSizes({ own: spec }, folder, folder)).toMatchObject([
      { model: "own", fileBytes: 2048, parameters: null, contextBytes: null },
    ]);
  });

  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [888_000, "867 KiB"],
    [4.3 * 1024 ** 3, "4.3 GiB"],
    [null, "?"],
  ])("%s is %s", (bytes, words) => expect(sizeWords(bytes)).toBe(words));

  test.each([
    [0, "0 s"],
    [1500, "1.5 s"],
    [90_000, "90 s"],
    [300_000, "5 min"],
    [86_400_000, "24 h"],
  ])("%s ms are %s", (ms, words) => expect(durationWords(ms)).toBe(words));
});

test("an input that is given counts, and must be right as in a run", async () => {
  writeFileSync(join(folder, "other.log"), "one\ntwo\nthree\n");
  const { exit, result } = await planned({ input: { log: "other.log", who: "Ada" } });
  expect(exit).toBe(0);
  expect(result).toMatch(/log +file +other\.log +3 lines/);
  expect(result).not.toContain("absent");
  await expect(planned({ input: { lgo: "other.log" } })).rejects.toMatchObject({
    code: "BAD_INPUT",
    exit: 2,
  });
  await expect(planned({ input: { log: "no.log" } })).rejects.toMatchObject({ code: "BAD_INPUT", exit: 2 });
});
