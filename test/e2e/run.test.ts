import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { eventsIn, scratchFolder, swarm } from "../support/cli.ts";

const task = `version: 1
name: greet
inputs:
  names: { type: file, required: true }
models:
  canned:
    provider: scripted
    replies:
      - { when: Ada, text: "yes", confidence: 0.9 }
      - { agent: bob, text: "no", confidence: 0.6 }
      - { text: "yes", confidence: 0.8 }
agents:
  ann: { role: a greeter, model: canned }
  bob: { role: a sceptic, model: canned }
  cid: { role: a friend, model: canned }
workflow:
  - id: each
    map:
      over: "\${{ inputs.names.lines }}"
      as: line
      do:
        - id: known
          if: "\${{ trim(line.text) != '' }}"
          ask: ann
          prompt: "\${{ line.text }}"
          options: ["yes", "no"]
  - id: verdict
    decide:
      question: Greet them all?
      options: ["yes", "no"]
      voters: [ann, bob, cid]
      evidence: "\${{ inputs.names.text }}"
      rule: majority
      tier: routine
outputs:
  verdict: "\${{ steps.verdict.winner }}"
  count: "\${{ steps.each.count }}"
  report:
    markdown: |
      # Verdict: \${{ steps.verdict.winner }}
      {% for ballot in steps.verdict.ballots %}
      - \${{ ballot.voter }}: \${{ ballot.option }}
      {% endfor %}
      run \${{ run.id }}
`;

const folderWith = (files: Readonly<Record<string, string | Buffer>>) => {
  const folder = scratchFolder(onTestFinished);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

const run = (cwd: string, ...words: readonly string[]) => swarm(["run", "task.yaml", ...words], { cwd });
const lastEvent = (stdout: string) => eventsIn(stdout).at(-1);

test("a run prints its report on stdout, everything else on stderr, and can be listed, shown and replayed", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\r\n\r\nBob\r\n" });
  const { code, stdout, stderr } = await run(cwd, "--input", "names=names.txt");
  expect(stderr).toMatch(/^run [\w-]+: greet\n/);
  expect(code).toBe(0);
  const id = /run ([\w-]+)/.exec(stderr)?.[1] ?? "";
  expect(stdout).toBe(`# Verdict: yes\n- ann: yes\n- bob: yes\n- cid: yes\nrun ${id}\n`);
  expect(readFileSync(join(cwd, ".swarm", ".gitignore"), "utf8")).toBe("*\n");

  const runs = await swarm(["runs", "--json"], { cwd });
  expect(JSON.parse(runs.stdout)).toMatchObject([{ run: id, task: "greet", status: "done", exit: 0 }]);
  const show = await swarm(["show", id], { cwd });
  expect(show.stdout).toContain("1 of 1 decisions settled");
  expect(show.stdout).toMatch(/^verdict +"yes"\ncount +3$/m);
  expect(show.stdout).toMatch(/^report\n {2}# Verdict: yes\n {2}- ann: yes\n/m);
  const shown = await swarm(["show", "last", "--json"], { cwd });
  expect(JSON.parse(shown.stdout)).toMatchObject({
    run: id,
    decisions: [{ decision: "verdict", term: 1 }],
    outputs: { verdict: "yes", count: 3 },
  });

  rmSync(join(cwd, "task.yaml"));
  rmSync(join(cwd, "names.txt"));
  const replay = await swarm(["replay", id], {
    cwd: scratchFolder(onTestFinished),
    home: join(cwd, ".swarm"),
  });
  expect(replay).toMatchObject({ code: 0 });
  expect(replay.stdout).toMatch(/^identical, \d+ rows\n$/);
});

test("--json prints one event a line, the last of them the outcome", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stdout } = await run(cwd, "--input", "names=names.txt", "--json");
  const types = eventsIn(stdout).map(({ type }) => type);
  expect(code).toBe(0);
  expect(types[0]).toBe("run.started");
  expect(types.filter((type) => type === "ballot.cast")).toHaveLength(3);
  expect(types.filter((type) => type === "run.finished")).toHaveLength(1);
  expect(lastEvent(stdout)).toMatchObject({
    type: "run.finished",
    outcome: "done",
    exit: 0,
    outputs: { verdict: "yes", count: 1 },
  });
});

test("--output - is stdout", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stdout, stderr } = await run(cwd, "--input", "names=names.txt", "--output", "-");
  expect({ code, file: existsSync(join(cwd, "-")) }).toEqual({ code: 0, file: false });
  expect(stdout).toMatch(/^# Verdict: yes\n/);
  expect(stderr).not.toContain("written to");
});

test("an output prints as it is declared, whatever lines it has", async () => {
  const [head = ""] = task.split("outputs:");
  const names = { "names.txt": "Ada\nBob\n" };
  const markdown = {
    "task.yaml": `${head}outputs: { said: { markdown: "\${{ steps.verdict.winner }}" } }\n`,
    ...names,
  };
  expect(await run(folderWith(markdown), "--input", "names=names.txt")).toMatchObject({ stdout: "yes\n" });
  const values = { "task.yaml": `${head}outputs: { said: "\${{ inputs.names.text }}" }\n`, ...names };
  const { stdout } = await run(folderWith(values), "--input", "names=names.txt");
  expect(JSON.parse(stdout)).toEqual({ said: "Ada\nBob\n" });
});

test("--output writes the result to a file, and stdout stays empty", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stdout } = await run(cwd, "--input", "names=names.txt", "--output", "report.md");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(readFileSync(join(cwd, "report.md"), "utf8")).toMatch(/^# Verdict: yes\n/);
});

test.each([
  ["--output", "absent/report.md", "its folder does not exist"],
  ["--output", ".", "it is a folder"],
  ["--output", "names.txt/report.md", "ENOTDIR"],
  ["--output", "task.yaml", "it is the task file"],
  ["--profile", "absent/run.cpuprofile", "its folder does not exist"],
  ["--profile", "taken.cpuprofile", "it is a folder"],
  ["--profile", "names.txt/run.cpuprofile", "ENOTDIR"],
])("%s=%s is refused before anything is recorded", async (flag, file, why) => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  mkdirSync(join(cwd, "taken.cpuprofile"));
  const { code, stderr } = await run(cwd, "--input", "names=names.txt", `${flag}=${file}`);
  expect(code).toBe(2);
  expect(stderr).toContain(`${join(cwd, file)} (${why}); choose another file for ${flag}`);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(existsSync(join(cwd, ".swarm"))).toBe(false);
});

test("a result that the disk has no room for is printed", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stdout, stderr } = await run(cwd, "--input", "names=names.txt", "--output", "/dev/full");
  expect(code).toBe(2);
  expect(stdout).toMatch(/^# Verdict: yes\n/);
  expect(stderr).toContain("cannot write the result to /dev/full (ENOSPC)");
});

test("an input may come from stdin, and have a line of a megabyte", async () => {
  const cwd = folderWith({ "task.yaml": task });
  const { code, stdout } = await swarm(["run", "task.yaml", "--input", "names=-", "--json"], {
    cwd,
    stdin: `Ada\n${"x".repeat(1_500_000)}\n`,
  });
  expect(code).toBe(0);
  expect(lastEvent(stdout)).toMatchObject({ outputs: { count: 2 } });
});

test("an input from a stdin without end is refused once it is too large", async () => {
  const cwd = folderWith({ "task.yaml": task });
  const line = Buffer.alloc(1024 * 1024, "again\n");
  const endless = new Readable({ read: () => void endless.push(line) });
  const { code, stderr } = await swarm(["run", "task.yaml", "--input", "names=-"], { cwd, stdin: endless });
  endless.destroy();
  expect(code).toBe(2);
  expect(stderr).toContain("standard input is larger than 64 MiB");
});

test.each([
  ["a missing input file", { "task.yaml": task }, ["--input", "names=absent.txt"], /absent\.txt/],
  ["a folder as input", { "task.yaml": task }, ["--input", "names=."], /folder|directory/],
  [
    "a binary input",
    { "task.yaml": task, "names.txt": Buffer.from([0, 1, 2, 0, 255]) },
    ["--input", "names=names.txt"],
    /no text/,
  ],
  ["an input that is not given", { "task.yaml": task }, [], /names/],
  [
    "an input that does not exist",
    { "task.yaml": task, "names.txt": "a" },
    ["--input", "names=names.txt", "--input", "nmes=x"],
    /nmes/,
  ],
  ["a missing task", {}, [], /task\.yaml/],
  ["a task that is no YAML", { "task.yaml": "a: [" }, [], /task\.yaml:1:/],
])("%s is refused with exit 2 and a sentence", async (_, files, words, message) => {
  const cwd = folderWith(files);
  const { code, stdout, stderr } = await run(cwd, ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("an empty input is an empty list", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "" });
  const { code, stdout } = await run(cwd, "--input", "names=names.txt", "--json");
  expect(code).toBe(0);
  expect(lastEvent(stdout)).toMatchObject({ outputs: { count: 0 } });
});

test("a decision that does not settle ends with exit 3, and the outputs are there", async () => {
  const tied = task.replace("voters: [ann, bob, cid]", "voters: [ann, bob]");
  const cwd = folderWith({ "task.yaml": tied, "names.txt": "Zoe\n" });
  const { code, stdout } = await run(cwd, "--input", "names=names.txt", "--json");
  expect(code).toBe(3);
  expect(lastEvent(stdout)).toMatchObject({ outcome: "not-settled", exit: 3, outputs: { verdict: null } });
});

test("a spent budget ends with exit 4, before the call that would overspend", async () => {
  const poor = task.replace("agents:", "resources: { budget: { turns: 2 } }\nagents:");
  const cwd = folderWith({ "task.yaml": poor, "names.txt": "a\nb\nc\nd\n" });
  const { code, stdout } = await run(cwd, "--input", "names=names.txt", "--json");
  expect(code).toBe(4);
  expect(lastEvent(stdout)).toMatchObject({ outcome: "budget-spent", exit: 4 });
});

test("a run that is not there is said so", async () => {
  const cwd = folderWith({});
  for (const command of ["show", "replay", "resume"]) {
    const { code, stderr } = await swarm([command, "nosuch"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("there is no run nosuch");
  }
  expect((await swarm(["runs", "--json"], { cwd })).stdout).toBe("[]\n");
  expect(existsSync(join(cwd, ".swarm"))).toBe(true);
});

test("an error shows what was asked for without obeying it", async () => {
  const { code, stderr } = await swarm(["models", "inspect", "x\u001B[31m.gguf"], { cwd: folderWith({}) });
  expect(code).toBe(8);
  expect(stderr).toContain("x\\x1b[31m.gguf");
  expect(stderr).not.toContain("\u001B");
});

test("without a NATS server --nats ends with exit 8 and says what to do", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const words = ["--input", "names=names.txt", "--nats", "nats://127.0.0.1:1", "--json"];
  const { code, stdout, stderr } = await run(cwd, ...words);
  expect(code).toBe(8);
  expect(stderr).toMatch(/nats-server/);
  const last = { type: "run.finished", outcome: "interrupted", exit: 8, outputs: {}, usage: { calls: 0 } };
  expect(eventsIn(stdout).at(-1)).toMatchObject(last);
});

test.each([
  "",
  "garbage",
  "http://127.0.0.1:4222",
  "nats://",
  "nats://127.0.0.1:99999",
  "nats://127.0.0.1:1,",
])("--nats %j is bad usage, and nothing is recorded", async (url) => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stderr } = await run(cwd, "--input", "names=names.txt", "--nats", url);
  expect(code).toBe(2);
  expect(stderr).toContain("write a server as nats://host:port");
  expect(existsSync(join(cwd, ".swarm"))).toBe(false);
});

test("a NATS server that says nothing ends a run as none does", { timeout: 20_000 }, async () => {
  const mute = createServer(() => undefined).listen(0, "127.0.0.1");
  onTestFinished(() => void mute.close());
  await once(mute, "listening");
  const address = mute.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stderr } = await run(cwd, "--input", "names=names.txt", "--nats", `nats://127.0.0.1:${port}`);
  expect(code).toBe(8);
  expect(stderr).toMatch(/nats-server/);
});

test("a run goes on when nobody reads its progress any more", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const { code, stdout } = await swarm(["run", "task.yaml", "--input", "names=names.txt"], {
    cwd,
    onStart: (child) => child.stderr?.destroy(),
  });
  expect(code).toBe(0);
  expect(stdout).not.toBe("");
});

test("a reader that takes its time gets all of a long result", async () => {
  const cwd = folderWith({
    "task.yaml": task.replace("outputs:", 'outputs:\n  names: { markdown: "${{ inputs.names.text }}" }'),
    "names.txt": `${"x".repeat(1_000_000)}\n`,
  });
  const { stdout } = await swarm(["run", "task.yaml", "--input", "names=names.txt"], {
    cwd,
    onStart: (child) => {
      const read = child.stdout?.resume.bind(child.stdout);
      setTimeout(() => {
        child.stdout?.pause();
        setTimeout(() => read?.(), 4_000);
      }, 0);
    },
  });
  expect(stdout.length).toBeGreaterThan(1_000_000);
});

test("a run whose result nobody can take goes to its end, and says in one line what is wrong", async () => {
  const cwd = folderWith({ "task.yaml": task, "names.txt": "Ada\n" });
  const full = { cwd, stdoutFile: "/dev/full" };
  for (const words of [[], ["--json"]]) {
    const ran = await swarm(["run", "task.yaml", "--input", "names=names.txt", ...words], full);
    expect(ran.code, ran.stderr).toBe(1);
    expect(ran.stderr.match(/^swarm: the result could not be written to stdout \(ENOSPC\)/gm)).toHaveLength(
      1,
    );
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  }
  const { stdout } = await swarm(["runs", "--json"], { cwd });
  expect(JSON.parse(stdout)).toMatchObject([{ status: "done" }, { status: "done" }]);
  for (const words of [["runs"], ["show", "last"], ["--help"], ["--version"]]) {
    const { code, stderr } = await swarm(words, full);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^swarm: .*stdout.*\(ENOSPC\)[^\n]*\n$/);
  }
});
