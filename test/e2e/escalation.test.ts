import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSwarm } from "../../index.ts";
import { eventsIn, scratchFolder, swarm } from "../support/cli.ts";

const taskWith = (decide: string): string => `version: 1
name: deploy
models:
  canned:
    provider: scripted
    replies:
      - { agent: ann, text: "yes\\nThe tests pass.", confidence: 0.9 }
      - { agent: bob, when: The others voted, text: "yes\\nann is right", confidence: 0.7 }
      - { agent: bob, text: "no\\nIt is Friday.", confidence: 0.9 }
      - { agent: cleo, text: "no", confidence: 0.6 }
agents:
  ann: { role: a tester, model: canned }
  bob: { role: an operator, model: canned }
  cleo: { role: the boss, model: canned }
workflow:
  - id: verdict
    decide: { question: "Deploy?", options: [yes, no], voters: [ann, bob], ${decide} }
outputs: { verdict: "\${{ steps.verdict.winner }}", ruling: "\${{ steps.verdict.ruling }}", rounds: "\${{ steps.verdict.rounds }}" }
`;

const inFolder = (decide: string) => {
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.yaml"), taskWith(decide));
  const say = (...words: readonly string[]) => swarm(words, { cwd });
  return { cwd, say, rows: async () => Number((await json(say, "runs"))[0]?.["rows"]) };
};

const json = async (say: ReturnType<typeof inFolder>["say"], ...words: readonly string[]) => {
  const { stdout } = await say(...words, "--json");
  return JSON.parse(stdout) as readonly Record<string, unknown>[];
};

test("a decision for a person suspends the run until there is a word, and the run goes by it", async () => {
  const { say, rows } = inFolder("escalate: human");
  const first = await say("run", "task.yaml", "--json");
  expect(first.code).toBe(5);
  const last = eventsIn(first.stdout).at(-1);
  expect(last).toMatchObject({
    type: "run.finished",
    outcome: "waiting",
    exit: 5,
    waiting: [
      { decision: "verdict", options: ["yes", "no"], reason: "tie", recommendation: null, ruled: null },
    ],
  });
  const run = String(last?.["run"]);
  const before = await rows();

  const waits = await say("resume", run);
  expect(waits).toMatchObject({ code: 5, stdout: "" });
  expect(waits.stderr).toContain(`swarm approve ${run} verdict OPTION`);
  expect(await rows()).toBe(before);
  expect(await json(say, "runs")).toMatchObject([{ status: "waiting" }]);
  expect((await say("show", run)).stdout).toMatch(/\n1 waits for a person\n.*\nverdict +tie +swarm approve/);

  const stands = await say("explain", run, "verdict");
  expect(stands).toMatchObject({
    code: 0,
    stderr: `it waits for a person: swarm approve ${run} verdict OPTION\n`,
  });
  expect(stands.stdout).toMatch(/not settled \(tie\)[^]*reasons\n {2}ann for yes: The tests pass\.\n/);
  expect((await say("grade", run, "verdict", "no")).stderr).toContain(
    "verdict waits for a person; rule on it",
  );
  expect((await say("approve", run, "verdict", "maybe")).stderr).toContain('"maybe" is no option of verdict');
  expect(await say("approve", run, "verdikt", "no")).toMatchObject({ code: 2, stdout: "" });
  const ruled = await say("approve", run, "verdict", "no", "--reason", "not on a Friday");
  expect(ruled).toMatchObject({ code: 0, stdout: "verdict: no\n" });
  expect(ruled.stderr).toContain(`swarm resume ${run}`);
  expect(await say("approve", run, "verdict", "no")).toMatchObject({ code: 0 });
  expect(await rows()).toBe(before + 1);
  expect((await say("show", run)).stdout).toMatch(/\n1 is ruled on\n.*\nverdict +tie +ruled: no/);
  expect((await say("trace", run)).stdout).toMatch(/^\S+ {2}ruled {2}/);
  expect((await say("explain", run, "verdict")).stderr).toBe(
    `a person ruled no; go on with: swarm resume ${run}\n`,
  );
  const page = (await say("report", run, "--html", "-")).stdout;
  expect(page).not.toContain("swarm approve");
  expect(page).toContain("ruled by a person: no");
  expect((await say("approve", run, "verdict", "yes")).stderr).toContain('was ruled "no" before');

  const end = await say("resume", run);
  expect(end.code).toBe(0);
  expect(end.stderr).toContain("verdict: a person rules no, not on a Friday\nverdict: settled on no\n");
  expect(JSON.parse(end.stdout)).toEqual({
    verdict: "no",
    ruling: { by: "person", option: "no", reason: "not on a Friday" },
    rounds: 2,
  });
  expect((await say("replay", run)).stdout).toContain("identical");
  expect((await say("approve", run, "verdict", "no")).stderr).toContain("it is over: settled on no");
  const explained = await say("explain", run, "verdict");
  expect(explained.stdout).toContain(
    'ruled by a person: no; the votes did not settle it (tie: equal weight and equal heads); "not on a Friday"',
  );
});

test.each([
  ["a debate settles it", "rounds: 2", 0, { verdict: "yes", ruling: null, rounds: 2 }],
  [
    "a judge rules",
    "escalate: judge, judge: cleo",
    0,
    { verdict: "no", ruling: { by: "judge", option: "no" }, rounds: 2 },
  ],
  [
    "the judge rules on advice",
    "rule: judge, judge: cleo",
    0,
    { verdict: "no", ruling: { by: "judge" }, rounds: 1 },
  ],
  ["nothing escalates", "tier: standard", 3, { verdict: null, ruling: null, rounds: 2 }],
  ["it fails", "escalate: fail", 3, {}],
])("%s", async (_, decide, exit, outputs) => {
  const { say } = inFolder(decide);
  const { code, stdout } = await say("run", "task.yaml", "--json");
  expect(code).toBe(exit);
  expect(eventsIn(stdout).at(-1)?.["outputs"]).toMatchObject(outputs);
  expect((await say("replay", "last")).stdout).toContain("identical");
});

test("who moved in a debate is told", async () => {
  const { say } = inFolder("rounds: 1, truth: no");
  await say("run", "task.yaml");
  const { stdout } = await say("explain", "last", "verdict");
  expect(stdout).toContain(
    "1. first: tie, share 50.0 %\n  2. debate: settled on yes, share 100.0 %; bob moved from no to yes",
  );
  expect(stdout).toMatch(/debate +0 moved from wrong to right, 1 from right to wrong/);
});

test("a run that ended while a decision waited waits for nobody, and takes no word on it", async () => {
  const cwd = scratchFolder(onTestFinished);
  const say = (...words: readonly string[]) => swarm(words, { cwd });
  const decide = { question: "Deploy?", options: ["yes", "no"], voters: ["ann", "bob"] };
  const task = {
    version: 1,
    name: "both",
    models: { m: { provider: "scripted", replies: [{ agent: "ann", text: "yes" }, { text: "no" }] } },
    agents: { ann: { role: "a tester", model: "m" }, bob: { role: "an operator", model: "m" } },
    workflow: [
      {
        id: "both",
        parallel: [
          { id: "asked", decide: { ...decide, escalate: "human" } },
          {
            id: "later",
            map: {
              over: [1],
              do: [
                { id: "first", decide },
                { id: "fatal", decide: { ...decide, escalate: "fail" } },
              ],
            },
          },
        ],
      },
    ],
  };
  writeFileSync(join(cwd, "task.yaml"), JSON.stringify(task));
  expect(await say("run", "task.yaml")).toMatchObject({ code: 3 });
  const before = await json(say, "runs");
  const refused = await say("approve", "last", "both/asked", "yes");
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(
    "both/asked waits for nobody: it was open when the run ended, and nothing goes on with that",
  );
  expect((await say("grade", "last", "both/asked", "yes")).stderr).toContain(
    "both/asked was open when the run ended; it has no outcome",
  );
  expect(await json(say, "runs")).toEqual(before);
  expect(await json(say, "show", "last")).toMatchObject({ status: "not-settled", exit: 3, waiting: [] });
  expect((await say("explain", "last", "both/asked")).stderr).toBe("");
  for (const words of [["show"], ["report", "--html", "-"]]) {
    const { stdout } = await say(words[0] ?? "", "last", ...words.slice(1));
    expect(stdout).not.toMatch(/waits? for a person|swarm approve/i);
  }
});

test("the library waits for a person too", async () => {
  const { cwd } = inFolder("escalate: human");
  const engine = openSwarm({ cwd, home: join(cwd, "home") });
  onTestFinished(() => engine.close());
  const task = {
    version: 1,
    name: "t",
    models: { m: { provider: "scripted", replies: [{ agent: "a", text: "x" }, { text: "y" }] } },
    agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" } },
    workflow: [
      { id: "d", decide: { question: "?", options: ["x", "y"], voters: ["a", "b"], escalate: "human" } },
    ],
    outputs: { winner: "${{ steps.d.winner }}" },
  } as const;
  const waiting = await engine.run(task);
  expect(waiting).toMatchObject({ outcome: "waiting", exit: 5, waiting: ["d"] });
  await engine.approve(waiting.run, "d", "y");
  expect(await engine.resume(waiting.run)).toMatchObject({ outcome: "done", outputs: { winner: "y" } });
  expect(engine.replay(waiting.run)).toMatchObject({ type: "identical" });
});

test("the command that goes on is told so that it works, also where programs must be allowed", async () => {
  const { cwd, say } = inFolder(
    "escalate: human, truth: { command: [node, --version], passed: yes, failed: no }",
  );
  const waits = await say("run", "task.yaml", "--allow-commands");
  expect(waits.code).toBe(5);
  const told = /go on with: swarm (resume .*)/.exec(waits.stderr)?.[1] ?? "";
  expect((await say("show", "last")).stdout).toContain(`go on with: swarm ${told}\n`);
  expect((await say("approve", "last", "verdict", "no")).stderr).toContain(`go on with: swarm ${told}\n`);
  expect(await swarm(told.split(" "), { cwd })).toMatchObject({ code: 0 });
});

test("the process that goes on tells what the person said, for programs too", async () => {
  const { say } = inFolder("escalate: human");
  const first = eventsIn((await say("run", "task.yaml", "--json")).stdout);
  expect(first).not.toContainEqual(expect.objectContaining({ type: "decision.ruled" }));
  await say("approve", "last", "verdict", "no", "--reason", "not on a Friday");
  const then = eventsIn((await say("resume", "last", "--json")).stdout);
  expect(then.map(({ type }) => type)).toEqual([
    "run.resumed",
    "decision.ruled",
    "decision.settled",
    "run.finished",
  ]);
  expect(then[1]).toMatchObject({ decision: "verdict", option: "no", reason: "not on a Friday" });
});

test("a command grades a decision by its exit code, if the user allows it", async () => {
  const { cwd, say } = inFolder(
    'rounds: 1, truth: { command: [node, check.cjs, "${{ task.name }}"], passed: yes, failed: no }',
  );
  writeFileSync(join(cwd, "check.cjs"), 'process.exit(process.argv[2] === "deploy" ? 3 : 0)');
  const refused = await say("run", "task.yaml");
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(
    '["node","check.cjs","${{ task.name }}"]; if you trust this task, allow it with --allow-commands',
  );
  expect((await say("runs")).stdout).toBe("");

  const run = await say("run", "task.yaml", "--allow-commands");
  expect(run, run.stderr).toMatchObject({ code: 0 });
  expect((await say("explain", "last", "verdict")).stdout).toMatch(/truth +no: the team was wrong/);
  expect((await say("trust")).stdout).toMatch(/ann.* 0 of 1/);
  writeFileSync(join(cwd, "check.cjs"), "process.exit(0)");
  expect((await say("replay", "last")).stdout).toContain("identical");
});

test("what the teams of a rule came to is shown, and makes their next confidence calibrated", async () => {
  const { say } = inFolder("rounds: 1, truth: no");
  await say("run", "task.yaml");
  const shown = await say("trust", "--agent", "(team)");
  expect(shown.stdout).toMatch(/teams +all that settled by the rule classwise[^]* 0 % right/);
  const next = await say("run", "task.yaml", "--json");
  const settled = eventsIn(next.stdout).find(({ type }) => type === "decision.settled");
  expect(settled).toMatchObject({ outcome: { calibratedPpm: expect.any(Number) as number } });
  expect((await say("explain", "last", "verdict")).stdout).toContain(
    "so often teams were right that were as sure",
  );
});

test("a command that tells the truth ends with its run, also by kill -9, and with all that it has started", async () => {
  const program = `
    const { spawn } = require("node:child_process");
    if (require("node:fs").existsSync("again")) process.exit(0);
    const hold = "require('node:net').connect(" + process.argv[2] + ", '127.0.0.1')";
    spawn(process.execPath, ["-e", hold], { stdio: "ignore" });
    eval(hold);`;
  const held: Promise<unknown>[] = [];
  let drop: () => void = () => undefined;
  // Whoever is alive holds its connection open.
  const server = createServer((socket) => {
    held.push(once(socket.on("error", () => undefined).resume(), "close"));
    if (held.length === 2) drop();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const { cwd, say } = inFolder(
    `rounds: 1, truth: { command: [node, check.cjs, "${port}"], passed: yes, failed: no, timeout: 1h }`,
  );
  writeFileSync(join(cwd, "check.cjs"), program);
  const run = await swarm(["run", "task.yaml", "--allow-commands", "--json"], {
    cwd,
    onLine: (_, child) => (drop = () => void child.kill("SIGKILL")),
  });
  expect(run.code).toBeNull();
  expect(held).toHaveLength(2);
  await Promise.all(held);

  writeFileSync(join(cwd, "again"), "");
  expect(await say("resume", "last", "--allow-commands")).toMatchObject({ code: 0 });
  expect((await say("explain", "last", "verdict")).stdout).toMatch(/truth +yes: the team was right/);
});

test("why a command told no truth is said", async () => {
  const { say } = inFolder("rounds: 1, truth: { command: [./no-such], passed: yes, failed: no }");
  const { code, stderr } = await say("run", "task.yaml", "--allow-commands");
  expect(code).toBe(0);
  expect(stderr).toMatch(/verdict: the command told no truth: it could not be started: .*no-such/);
});
