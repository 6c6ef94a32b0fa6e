import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkCommand } from "../../../cli/commands/check.ts";
import { listeningContext } from "./listening-context.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-check-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const good = `version: 1
name: small
inputs: { log: { type: file, required: true } }
models: { canned: { provider: scripted, replies: [{ text: fine }] } }
agents: { reader: { role: reader, model: canned } }
workflow:
  - id: each
    map: { over: "\${{ inputs.log.lines }}", do: [{ id: look, ask: reader, prompt: "\${{ item.text }}" }] }
`;

const checked = async (text: string, json = false) => {
  writeFileSync(join(folder, "task.yaml"), text);
  const { context, said } = listeningContext(folder);
  return { exit: await checkCommand("task.yaml", { json }, context), ...said };
};

test("a task that is right is told so in one line, without its inputs", async () => {
  expect(await checked(good)).toEqual({ exit: 0, result: "ok: small, 2 steps, 1 agent\n", notes: [] });
});

test("a task that is wrong is told all that is wrong, with places, and exits with 2", async () => {
  const { exit, result } = await checked(
    good.replace("ask: reader", "ask: raeder").replace("model: canned", "model: caned"),
  );
  expect(exit).toBe(2);
  expect(result).toMatch(/task\.yaml:5:\d+: error: .*caned/);
  expect(result).toMatch(/task\.yaml:8:\d+: error: .*raeder/);
});

test("programs get one document either way", async () => {
  const right = await checked(good, true);
  expect(JSON.parse(right.result)).toEqual({ ok: true, file: "task.yaml", problems: [], warnings: [] });
  const wrong = await checked(good.replace("name: small", "nam: small"), true);
  expect(wrong.exit).toBe(2);
  const document: unknown = JSON.parse(wrong.result);
  expect(document).toMatchObject({ ok: false, file: "task.yaml", warnings: [] });
  expect(document).toHaveProperty("problems[0].line");
  expect(document).toHaveProperty("problems[0].hint");
  expect(document).not.toHaveProperty("problems[0].frame");
});

test("a file that is not there is a problem and not an exception", async () => {
  const { context, said } = listeningContext(folder);
  expect(await checkCommand("absent.yaml", {}, context)).toBe(2);
  expect(said.result).toContain("absent.yaml:1:1: error:");
});

test("nothing in a task reaches the terminal as a command", async () => {
  const { exit, result } = await checked(`${good}"\\e[2J\u001B[2J": 1\n`);
  expect(exit).toBe(2);
  expect(result).not.toContain("\u001B");
});
