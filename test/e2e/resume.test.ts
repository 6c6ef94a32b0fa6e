import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, type TestContext } from "vitest";
import { eventsIn, scratchFolder, swarm, type CliOptions } from "../support/cli.ts";
import { often } from "../support/deep.ts";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";

const items = 600;
const task = `version: 1
name: long
inputs: { list: { type: file, required: true } }
models: { canned: { provider: scripted, replies: [{ when: "7", text: "odd", confidence: 0.9 }, { text: "plain", confidence: 0.7 }] } }
agents: { ann: { role: a, model: canned }, bob: { role: b, model: canned } }
workflow:
  - id: all
    map:
      over: "\${{ inputs.list.lines }}"
      as: line
      concurrency: 8
      do:
        - { id: label, ask: ann, prompt: "\${{ line.text }}", options: [odd, plain] }
        - { id: vote, decide: { question: "Which?", options: [odd, plain], voters: [ann, bob], evidence: "\${{ line.text }}", rule: majority, tier: routine } }
outputs: { odd: "\${{ count(steps.all.items, 'steps.vote.winner', 'odd') }}", all: "\${{ steps.all.count }}" }
`;
const expected = {
  odd: Array.from({ length: items }, (_, i) => String(i)).filter((text) => text.includes("7")).length,
  all: items,
};

const folder = () => {
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.yaml"), task);
  writeFileSync(join(cwd, "list.txt"), Array.from({ length: items }, (_, i) => `${i}\n`).join(""));
  return cwd;
};

/** Runs until so many events are printed, then does something to the process. */
const runUntil = async (
  options: CliOptions,
  words: readonly string[],
  count: number,
  act: (pid: number) => void,
) => {
  let seen = 0;
  return swarm(words, {
    ...options,
    onLine: (_, child) => {
      seen += 1;
      if (seen === count && child.pid !== undefined) act(child.pid);
    },
  });
};

const doneSteps = (...outputs: readonly string[]) =>
  outputs
    .flatMap((stdout) => eventsIn(stdout.slice(0, stdout.lastIndexOf("\n") + 1)))
    .flatMap((event) =>
      event["type"] === "step.completed"
        ? [String(event["step"])]
        : event["type"] === "decision.settled"
          ? [JSON.stringify(event["outcome"])]
          : [],
    );

const kill9 = (pid: number) => void process.kill(pid, "SIGKILL");

test("after kill -9 at any moment, resume goes on, no acknowledged step runs twice, and the replay is identical", async () => {
  for (let round = 0; round < often(4, 60); round += 1) {
    const cwd = folder();
    const first = await runUntil(
      { cwd },
      ["run", "task.yaml", "--input", "list=list.txt", "--json"],
      1 + Math.floor(Math.random() * items * 3),
      kill9,
    );
    const runs: { run: string; status: string }[] = JSON.parse(
      (await swarm(["runs", "--json"], { cwd })).stdout,
    );
    const id = runs[0]?.run ?? "";
    expect(runs[0]?.status).toBe("interrupted");
    expect((await swarm(["replay", id], { cwd })).stdout).toMatch(/^identical/);
    const second = await swarm(["resume", id, "--json"], { cwd });
    expect(second.code).toBe(0);
    expect(eventsIn(second.stdout).at(-1)).toMatchObject({
      type: "run.finished",
      run: id,
      outcome: "done",
      outputs: expected,
    });
    const steps = doneSteps(first.stdout, second.stdout);
    expect(new Set(steps).size).toBe(steps.length);
    expect((await swarm(["replay", id], { cwd })).stdout).toMatch(/^identical/);
    const again = await swarm(["resume", id, "--json"], { cwd });
    expect(eventsIn(again.stdout)).toEqual([
      expect.objectContaining({ type: "run.finished", outputs: expected }),
    ]);
  }
});

test("Ctrl-C stops cleanly, says how to go on, and the run goes on", async () => {
  const cwd = folder();
  const stopped = await runUntil(
    { cwd },
    ["run", "task.yaml", "--input", "list=list.txt", "--json"],
    200,
    (pid) => void process.kill(pid, "SIGINT"),
  );
  expect(stopped.code).toBe(130);
  const last = eventsIn(stopped.stdout).at(-1);
  expect(last).toMatchObject({
    type: "run.finished",
    outcome: "interrupted",
    exit: 130,
    usage: { calls: expect.any(Number) },
  });
  expect(stopped.stderr).toContain(`swarm resume ${String(last?.["run"])}`);
  const resumed = await swarm(["resume", "last", "--json"], { cwd });
  expect(eventsIn(resumed.stdout).at(-1)).toMatchObject({ outcome: "done", outputs: expected });
});

test("a run that is alive is refused, and so is one whose task has changed", async () => {
  const cwd = folder();
  let refused: Promise<unknown> | undefined;
  await runUntil({ cwd }, ["run", "task.yaml", "--input", "list=list.txt", "--json"], 100, (pid) => {
    process.kill(pid, "SIGSTOP");
    refused = swarm(["resume", "last"], { cwd }).finally(() => kill9(pid));
  });
  expect(await refused).toMatchObject({ code: 7 });
  writeFileSync(join(cwd, "task.yaml"), task.replace("name: long", "name: other"));
  const changed = await swarm(["resume", "last"], { cwd });
  expect(changed.code).toBe(7);
  expect(changed.stderr).toMatch(/has changed/);
  expect((await swarm(["resume", "last", "--force", "--json"], { cwd })).code).toBe(0);
});

/** A server that ends with the test; where none is installed the test is skipped, but never in CI. */
const natsServer = async (skip: TestContext["skip"]): Promise<NatsServer> => {
  const server = await startNatsServer().catch((error: unknown) => {
    if (process.env["CI"]) throw error;
    return skip(`no nats-server: ${String(error)}`);
  });
  onTestFinished(async () => server.stop());
  return server;
};

test("over NATS, killing and restarting the server in the middle changes nothing, and nothing comes twice", async ({
  skip,
}) => {
  const server = await natsServer(skip);
  const cwd = folder();
  let restarted: Promise<unknown> = Promise.resolve();
  const words = ["run", "task.yaml", "--input", "list=list.txt", "--nats", server.url, "--json"];
  const { code, stdout } = await runUntil({ cwd }, words, 300, () => {
    restarted = Promise.resolve(server.kill()).then(() => server.restart());
  });
  await restarted;
  expect(code).toBe(0);
  expect(eventsIn(stdout).at(-1)).toMatchObject({ outcome: "done", outputs: expected });
  const steps = doneSteps(stdout);
  expect(new Set(steps).size).toBe(steps.length);
  expect((await swarm(["replay", "last"], { cwd })).stdout).toMatch(/^identical/);
});

test("a line that is too long for the NATS server is said so, and the run goes on without it", async ({
  skip,
}) => {
  const server = await natsServer(skip);
  const cwd = folder();
  writeFileSync(join(cwd, "list.txt"), `${"x".repeat(2_000_000)}\n`);
  const refused = await swarm(["run", "task.yaml", "--input", "list=list.txt", "--nats", server.url], {
    cwd,
  });
  expect(refused.code).toBe(8);
  expect(refused.stderr).toMatch(/max_payload/);
  expect(refused.stderr).not.toMatch(/bug|\n {4}at /);
  expect((await swarm(["resume", "last"], { cwd })).code).toBe(0);
});

test("the record tells that a run which found no server at its start was taken up without one, and when", async () => {
  const cwd = folder();
  const say = (...words: string[]) => swarm(words, { cwd });
  writeFileSync(join(cwd, "list.txt"), "1\n");
  const first = await say("run", "task.yaml", "-i", "list=list.txt", "--nats", "nats://127.0.0.1:1");
  expect(first).toMatchObject({ code: 8, stdout: "" });
  const second = await say("resume", "last", "--json");
  expect(second.code).toBe(0);
  expect(eventsIn(second.stdout)[0]).toMatchObject({ type: "run.resumed" });
  const spans: { unit: string; attributes: object; events: { name: string }[] }[] = JSON.parse(
    (await say("trace", "last", "--json")).stdout,
  ).spans;
  const root = spans.find(({ unit }) => unit === "run");
  expect(root?.events.map(({ name }) => name)).toEqual(["accepted", "paused", "resumed"]);
  const inside = spans.filter(({ unit }) => unit === "process").map(({ attributes }) => attributes);
  expect(inside).toContainEqual(expect.objectContaining({ "messaging.system": "memory" }));
  expect(inside).not.toContainEqual(expect.objectContaining({ "messaging.system": "nats" }));
  expect((await say("replay", "last")).stdout).toContain("identical");
});
