import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lexer } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkTask, checkText } from "../../../../cli/task/check-text.ts";
import {
  MAX_INPUT_BYTES,
  MAX_PROBLEMS,
  MAX_TASK_BYTES,
  MAX_YAML_TOKENS,
} from "../../../../cli/task/limits.ts";
import { loadTask } from "../../../../cli/task/load.ts";

const task = `version: 1
name: t
inputs:
  log: { type: file }
  note: { type: text }
  data: { type: json }
  n: { type: number }
  on: { type: boolean }
models: { m: { provider: scripted, replies: [{ text: yes }] } }
agents: { ann: { role: writer, model: m } }
workflow: [{ id: a, ask: ann, prompt: hi }]
`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-limits-"));
  writeFileSync(join(folder, "task.yaml"), task);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of so many NULs that take no place on the disk. */
const hollow = (bytes: number): string => {
  const path = join(folder, `${bytes}`);
  writeFileSync(path, "");
  truncateSync(path, bytes);
  return path;
};

const complaintOf = async (inputs: Record<string, string>, stdin?: string): Promise<string> =>
  loadTask("task.yaml", {
    inputs,
    cwd: folder,
    ...(stdin === undefined ? {} : { stdin: () => Promise.resolve(Buffer.from(stdin)) }),
  }).then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const messagesOf = async (path: string) =>
  (await checkTask(path, { cwd: folder })).problems.map(({ message }) => message);

describe("a file may be as large as its limit, and no larger", () => {
  test("as an input", async () => {
    expect(await complaintOf({ log: hollow(MAX_INPUT_BYTES) })).toContain("it holds NUL bytes");
    expect(await complaintOf({ log: hollow(MAX_INPUT_BYTES + 1) })).toContain("is larger than 64 MiB");
  });

  test("as a task", async () => {
    expect(await messagesOf(hollow(MAX_TASK_BYTES))).toEqual([
      "this is no text in UTF-8: it holds NUL bytes; save it as UTF-8",
    ]);
    expect(await messagesOf(hollow(MAX_TASK_BYTES + 1))).toEqual(["a task file has at most 1 MiB"]);
  });

  // It has no size before it is read, and no end.
  test("also where it is a device", async () => {
    expect(await complaintOf({ log: "/dev/zero" })).toContain("/dev/zero is larger than 64 MiB");
    expect(await messagesOf("/dev/zero")).toEqual(["a task file has at most 1 MiB"]);
  });

  test("and so may standard input", async () => {
    expect(await complaintOf({ note: "-" }, "x".repeat(MAX_INPUT_BYTES))).toBe("");
    expect(await complaintOf({ note: "-" }, "x".repeat(MAX_INPUT_BYTES + 1))).toBe(
      'input "note": standard input is larger than 64 MiB; cut it first',
    );
  });
});

test("an input of any type comes from standard input", async () => {
  const load = (inputs: Record<string, string>, stdin: string) =>
    loadTask("task.yaml", { inputs, cwd: folder, stdin: () => Promise.resolve(Buffer.from(stdin)) });
  expect((await load({ note: "-" }, "hello")).plan.inputs["note"]).toEqual({ type: "text", text: "hello" });
  expect((await load({ data: "-" }, "[1]")).plan.inputs["data"]).toEqual({ type: "value", value: [1] });
  expect((await load({ n: "-" }, " 4\n")).plan.inputs["n"]).toEqual({ type: "value", value: 4 });
  expect((await load({ on: "-" }, "true\n")).plan.inputs["on"]).toEqual({ type: "value", value: true });
});

test("what standard input says is quoted up to a bound", async () => {
  expect(await complaintOf({ n: "-" }, "x".repeat(1000))).toBe(
    `input "n" is a number, and "${"x".repeat(63)}…" is none`,
  );
  expect(await complaintOf({ on: "-" }, "x".repeat(1000))).toBe(
    `input "on" is true or false, not "${"x".repeat(63)}…"`,
  );
  expect(await complaintOf({ n: "-", on: "-" }, "1")).toBe(
    "only one input can be standard input; n and on both are -",
  );
});

test("JSON is as deep as a task may be, and no deeper", async () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(await complaintOf({ data: nested(64) })).toBe("");
  expect(await complaintOf({ data: nested(65) })).toBe('input "data" is nested more than 64 deep');
});

test("a number is not made of nothing", async () => {
  writeFileSync(join(folder, "number.yaml"), task.replace("{ type: text }", "{ type: number }"));
  await expect(loadTask("number.yaml", { inputs: { note: " " }, cwd: folder })).rejects.toMatchObject({
    message: 'input "note" is a number, and " " is none',
  });
});

test("a task may use an alias a hundred times, and no more", async () => {
  const text = (uses: number) =>
    task.replace(
      "workflow: [",
      `outputs: { first: &x yes, all: [${Array.from({ length: uses }, () => "*x").join(", ")}] }\nworkflow: [`,
    );
  const problems = async (uses: number) =>
    (await checkText(text(uses), "t", "/t")).problems.map(({ message }) => message);
  expect(await problems(100)).toEqual([]);
  expect(await problems(101)).toEqual(["a task file uses at most 100 aliases"]);
});

const found = async (text: string) =>
  (await checkText(text, "t", "/t")).problems.map(({ message }) => message);

test("a task may have so many tokens of YAML, and no more", async () => {
  const tokensIn = (text: string) => [...new Lexer().lex(text)].length;
  const left = MAX_YAML_TOKENS - tokensIn(task);
  const full = `${task}${"#\n".repeat(Math.floor(left / 2))}${"\n".repeat(left % 2)}`;
  expect(tokensIn(full)).toBe(MAX_YAML_TOKENS);
  expect(await found(full)).toEqual([]);
  expect(await found(`${full}#`)).toEqual(["a task file has at most 100000 YAML tokens"]);
});

test("of many mistakes the first are told, fewer where the text is no YAML", async () => {
  const lines = (line: string) =>
    Array.from({ length: 2 * MAX_PROBLEMS }, (_, at) => `k${at}: ${line}\n`).join("");
  expect(await found(`${task}${lines("x")}`)).toHaveLength(MAX_PROBLEMS);
  expect(await found(`${task}${lines("'x' y")}`)).toHaveLength(20);
});
