import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { scratchFolder, swarm } from "../support/cli.ts";

const stack = /\n\s+at .+:\d+:\d+/;

const bad = `version: 1
name: wrong
inputs: { log: { type: file } }
agents: { reader: { role: reader, modle: "voter:generalist" } }
workflow:
  - { id: look, ask: raeder, prompt: "\${{ inputs.lgo.text }}" }
`;

const folderWithBadTask = (): string => {
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "bad.yaml"), bad);
  return cwd;
};

test("a stranger goes from init to a replayed run", async () => {
  const cwd = scratchFolder(onTestFinished);
  expect(await swarm(["init"], { cwd })).toMatchObject({ code: 0, stdout: "next: swarm run task.yaml\n" });
  expect(await swarm(["check", "task.yaml"], { cwd })).toEqual({
    code: 0,
    stdout: "ok: log-triage, 4 steps, 6 agents\n",
    stderr: "",
  });

  const planned = await swarm(["plan", "task.yaml", "--json"], { cwd });
  expect(planned.code).toBe(0);
  expect(JSON.parse(planned.stdout)).toMatchObject({ file: "task.yaml", absent: [], warnings: [] });
  const chart = await swarm(["plan", "task.yaml", "--mermaid"], { cwd });
  expect(chart).toMatchObject({ code: 0, stderr: "" });
  expect(chart.stdout).toMatch(/^flowchart /);
  expect(chart.stdout).toContain("incidents");

  const ran = await swarm(["run", "task.yaml"], { cwd });
  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.stdout).toMatch(/^# \d+ incidents in \d+ lines/);
  expect(ran.stderr).not.toMatch(stack);
  const replayed = await swarm(["replay", "last"], { cwd });
  expect(replayed.code, replayed.stderr).toBe(0);
  expect(replayed.stdout + replayed.stderr).toMatch(/identical, [\d,]+ rows/);
  expect(await swarm(["init"], { cwd })).toMatchObject({ code: 2, stdout: "" });
});

test.skipIf(!existsSync("/proc/self"))("init comes back from where no folder can be made", async () => {
  const cwd = scratchFolder(onTestFinished);
  const made = await swarm(["init", "/proc/x/y"], {
    cwd,
    onStart: (child) => onTestFinished(() => void child.kill("SIGKILL")),
  });
  expect(made).toMatchObject({ code: 2, stdout: "" });
  expect(made.stderr).toContain("cannot write /proc/x/y/task.yaml; name a folder that you may write to");
});

test("plan takes the inputs that run takes", async () => {
  const cwd = scratchFolder(onTestFinished);
  await swarm(["init"], { cwd });
  writeFileSync(join(cwd, "other.log"), "one\ntwo\nthree\n");
  const planned = await swarm(["plan", "task.yaml", "--input", "log=other.log"], { cwd });
  expect(planned.code, planned.stderr).toBe(0);
  expect(planned.stdout).toMatch(/log +file +other\.log +3 lines/);
  const wrong = await swarm(["plan", "task.yaml", "--input", "lgo=other.log"], { cwd });
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain('did you mean "log"?');
});

test("doctor finds this machine fit", async () => {
  const { code, stdout } = await swarm(["doctor", "--json"], { cwd: scratchFolder(onTestFinished) });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  expect(code).toBe(0);
});

describe("a bad file", () => {
  test("is told everything that is wrong with it, at its place", async () => {
    const { code, stdout, stderr } = await swarm(["check", "bad.yaml"], { cwd: folderWithBadTask() });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(stdout.split("\n").filter((line) => line.startsWith("bad.yaml:"))).toEqual([
      'bad.yaml:4:35: error: unknown key "modle" in agent "reader"',
      'bad.yaml:6:22: error: there is no agent "raeder"',
      'bad.yaml:6:43: error: there is no input "lgo"',
    ]);
  });

  test("is one document for programs", async () => {
    const { code, stdout } = await swarm(["check", "bad.yaml", "--json"], { cwd: folderWithBadTask() });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      file: "bad.yaml",
      problems: [
        { line: 4, column: 35, hint: 'did you mean "model"?' },
        { line: 6, column: 22, hint: 'did you mean "reader"?' },
        { line: 6, column: 43, hint: 'did you mean "log"?' },
      ],
    });
  });

  test.each(["plan", "run"])("is not for %s", async (command) => {
    const { code, stdout, stderr } = await swarm([command, "bad.yaml"], { cwd: folderWithBadTask() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("bad.yaml:4:35: error:");
    expect(stderr).not.toMatch(stack);
  });
});

describe("an error is a document for programs, and a sentence on stderr", () => {
  test.each<[readonly string[], string, RegExp]>([
    [["show", "nope"], "NO_SUCH_RUN", /there is no run nope/],
    [["explain", "last", "nope"], "NO_SUCH_RUN", /there is no run yet/],
    [["resume", "nope"], "NO_SUCH_RUN", /there is no run nope/],
    [["show"], "BAD_USAGE", /missing required argument 'run'/],
    [["help", "nope"], "BAD_USAGE", /unknown command 'nope'/],
    [["runs", "--wrong"], "BAD_USAGE", /unknown option '--wrong'/],
    [["run", "absent.yaml"], "BAD_TASK", /absent\.yaml/],
    [["run", "bad.yaml", "--output", "no/where"], "BAD_USAGE", /its folder does not exist/],
  ])("%j", async (words, code, message) => {
    const ran = await swarm([...words, "--json"], { cwd: folderWithBadTask() });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: { code, message: expect.stringMatching(message), exit: 2 },
    });
    expect(ran.stdout).toMatch(/^[^\n]+\n$/);
    expect(ran.stderr).toMatch(message);
  });

  test.each(["plan", "run"])("a bad file, for %s", async (command) => {
    const { code, stdout, stderr } = await swarm([command, "bad.yaml", "--json"], {
      cwd: folderWithBadTask(),
    });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: "BAD_TASK",
        message: "bad.yaml has 3 problems",
        exit: 2,
        problems: [
          expect.objectContaining({ file: "bad.yaml", line: 4, column: 35, hint: 'did you mean "model"?' }),
          expect.objectContaining({ line: 6, column: 22 }),
          expect.objectContaining({ line: 6, column: 43 }),
        ],
      },
    });
    expect(stderr).toContain("bad.yaml:4:35: error:");
  });

  test("help is none", async () => {
    const { code, stdout } = await swarm(["show", "--json", "--help"], {
      cwd: scratchFolder(onTestFinished),
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: /);
    expect(stdout).not.toContain('"error"');
  });
});

describe("the command line", () => {
  const commands = [
    "run",
    "resume",
    "replay",
    "runs",
    "show",
    "explain",
    "grade",
    "trust",
    "check",
    "plan",
    "doctor",
    "init",
  ];
  const cwd = () => scratchFolder(onTestFinished);

  test("--help names every command", async () => {
    const { code, stdout } = await swarm(["--help"], { cwd: cwd() });
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  test("every command has help of its own", async () => {
    for (const command of commands) {
      const { code, stdout } = await swarm([command, "--help"], { cwd: cwd() });
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: swarm ${command}`);
    }
  });

  test("--version is a version and nothing else", async () => {
    const { code, stdout, stderr } = await swarm(["--version"], { cwd: cwd() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  test.each([
    ["help models inspect", "Usage: swarm models inspect "],
    ["help run extra", "Usage: swarm run "],
    ["help --json run", "Usage: swarm run "],
    ["eval help votes", "Usage: swarm eval votes "],
    ["help help", "Usage: swarm [options]"],
    ["help", "Usage: swarm [options]"],
  ])("`%s` is help", async (words, expected) => {
    const { code, stdout, stderr } = await swarm(words.split(" "), { cwd: cwd() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.slice(0, expected.length)).toBe(expected);
  });

  test.each([
    ["help nope", "error: unknown command 'nope'\n"],
    ["help chek", "error: unknown command 'chek'\n(Did you mean check?)\n"],
    ["help chek --help", "error: unknown command 'chek'\n(Did you mean check?)\n"],
    ["help eval vots", "error: unknown command 'vots'\n(Did you mean votes?)\n"],
    ["eval help vots", "error: unknown command 'vots'\n(Did you mean votes?)\n"],
  ])("`%s` is refused like the command itself", async (words, expected) =>
    expect(await swarm(words.split(" "), { cwd: cwd() })).toEqual({ code: 2, stdout: "", stderr: expected }),
  );

  test.each([
    [["chek", "task.yaml"], /unknown command 'chek'[^]*Did you mean check\?/],
    [["check", "task.yaml", "--jsn"], /unknown option '--jsn'[^]*Did you mean --json\?/],
    [["models", "nope"], /^error: unknown command 'nope'\n\(Commands of models: inspect, verify\)\n$/],
    [["models", "inspect", "voter:auth", "extra"], /too many arguments for 'inspect'/],
    [["models", "inspct", "a.gguf"], /unknown command 'inspct'\n\(Did you mean inspect\?\)/],
    [["check"], /missing required argument 'task'/],
    [["check", "a.yaml", "b.yaml"], /too many arguments/],
    [["run", "task.yaml", "--input", "log"], /write it as name=value/],
    [["--nope"], /unknown option '--nope'/],
  ])("%j is refused in words", async (words, expected) => {
    const { code, stdout, stderr } = await swarm(words, { cwd: cwd() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(stack);
  });
});
