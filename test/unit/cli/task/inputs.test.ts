import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reasonOf } from "../../../../cli/task/inputs.ts";
import { loadTask } from "../../../../cli/task/load.ts";

const task = `version: 1
name: t
inputs:
  log: { type: file, path: own.log }
  old: { type: file, default: own.log }
  words: { type: json, default: "some words" }
models:
  m: { provider: scripted, replies: [{ text: yes }] }
  big: { provider: llama, file: models/x.gguf }
agents: { ann: { role: writer, model: [m, big] }, bob: { role: writer, model: m } }
workflow:
  - id: a
    decide:
      question: q
      options: [x, y]
      voters: [ann, bob]
      truth: { command: [make], passed: x, failed: y, timeout: 5s }
`;

/** Two folders: the one of the task, and the one that its user is in. */
let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "swarm-inputs-"));
  for (const folder of ["there", "here"]) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, "own.log"), folder);
  }
  writeFileSync(join(root, "there", "task.yaml"), task);
  writeFileSync(join(root, "here", "blank.log"), " \n\t\n");
  writeFileSync(join(root, "here", "nul.log"), `a\0b${"c".repeat(1000)}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const load = (inputs: Record<string, string>) =>
  loadTask("../there/task.yaml", { inputs, cwd: join(root, "here") });

test("paths in a task resolve from its folder, those of flags from where the user is", async () => {
  const { plan } = await load({});
  expect(plan.inputs["log"]).toEqual({ type: "file", path: "own.log", text: "there" });
  expect(plan.inputs["old"]).toEqual(plan.inputs["log"]);
  expect(plan.models["big"]).toMatchObject({ file: join(root, "there", "models", "x.gguf") });
  expect(plan.steps[0]).toMatchObject({ check: { cwd: join(root, "there"), timeoutMs: 5_000 } });
  expect((await load({ log: "own.log" })).plan.inputs["log"]).toMatchObject({ text: "here" });
});

test("a JSON input has a text by default as it would have a number", async () => {
  expect((await load({})).plan.inputs["words"]).toEqual({ type: "value", value: "some words" });
});

test("a file of nothing but white space is empty, and a stray NUL is none of its text", async () => {
  expect((await load({ log: "blank.log" })).warnings.map(({ message }) => message)).toEqual([
    'input "log" is empty',
  ]);
  expect((await load({ log: "nul.log" })).plan.inputs["log"]).toMatchObject({
    text: `a\ufffdb${"c".repeat(1000)}`,
  });
});

test.each([
  ["ENOENT", "there is no such file"],
  ["ENOTDIR", "part of the path is no folder"],
  ["EISDIR", "it is a folder"],
  ["EACCES", "it may not be read"],
  ["EPERM", "it may not be read"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ERR_INVALID_ARG_VALUE", "the path is not valid"],
  ["EIO", "EIO"],
])("%s is told as: %s", (code, words) =>
  expect(reasonOf(Object.assign(new Error(code), { code }))).toBe(words),
);
