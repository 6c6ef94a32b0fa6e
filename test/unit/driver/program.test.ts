import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../../../deploy/build/raft-driver.mjs", import.meta.url));

test("the program answers each line with one line, whatever it says, and writes the trace", () => {
  const folder = mkdtempSync(join(tmpdir(), "raft-driver-"));
  try {
    const file = join(folder, "trace.jsonl");
    const input = '{"op":"create","nodes":[1],"seed":1}\r\nnonsense\n\n{"op":"campaign","node":1}';
    const { stdout, status } = spawnSync(process.execPath, [program, "--trace", file], {
      input,
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const replies = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(replies).toMatchObject([
      { ok: true },
      { ok: false, error: expect.stringContaining("not a line of JSON") },
      { ok: false, error: expect.stringContaining("not a line of JSON") },
      { ok: true, nodes: [{ role: "leader", log: [[1, null]], commit: 1 }] },
    ]);
    const steps = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(steps.map(({ v, step }) => [v, step])).toEqual(steps.map((_, at) => [1, at + 1]));
    expect(steps[0]).toMatchObject({ node: 1, input: { type: "start" } });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  ["--bogus", ["--bogus"], 'there is no option "--bogus"; there are --trace, --help'],
  [
    "a file in no folder",
    ["--trace", "/nonexistent/x"],
    /^--trace "\/nonexistent\/x" cannot be written \(ENOENT.*\); name/,
  ],
])("the program refuses %s in a line, with its usage, and reads nothing", (_, words, sentence) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...words], {
    input: '{"op":"dump"}\n',
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([2, ""]);
  const [first, second] = stderr.split("\n");
  if (typeof sentence === "string") expect(first).toBe(sentence);
  else expect(first).toMatch(sentence);
  expect(second).toMatch(/^usage: npm run --silent raft:driver/);
  expect(stderr).not.toContain("    at ");
});

test("the program tells its usage", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, "--help"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^usage: npm run --silent raft:driver/);
});

test("only a line feed ends a line, and what is not UTF-8 is refused", () => {
  const text = "a\u2028b\u2029c\u0085d";
  const input = Buffer.concat([
    Buffer.from('{"op":"create","nodes":1}\n{"op":"campaign","node":1}\n'),
    Buffer.from(`{"op":"propose",\r"data":${JSON.stringify(text)}}\n`),
    Buffer.from('{"op":"propose","data":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}\n \r\n\0\n{"op":"dump"}\n{"op":"du'),
  ]);
  const { stdout, status } = spawnSync(process.execPath, [program], { input, encoding: "utf8" });
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  const refused = { ok: false, error: expect.stringContaining("not a line of JSON") };
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { ok: true },
    { ok: true },
    { ok: true },
    refused,
    refused,
    refused,
    { ok: true, nodes: [{ machine: [text] }] },
    refused,
  ]);
});
