import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { openSwarm } from "../../cli/wire/swarm.ts";
import { eventsIn, scratchFolder, swarm } from "../support/cli.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";
import { mockProvider, type MockProvider } from "../support/mock-provider.ts";

const canary = "sk-canary-51d0a7f2b9";
const env = { SWARM_TEST_KEY: canary };
const options = ["info", "warning", "error", "critical"];

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

type Parts = {
  readonly remote?: Readonly<Record<string, unknown>>;
  /** Beside the remote one. */
  readonly models?: Readonly<Record<string, unknown>>;
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly budget?: Readonly<Record<string, unknown>>;
  readonly lines?: readonly string[];
};

/** A task whose agent labels lines by a remote model, and by a shipped voter where that fails. */
const folderWith = ({
  remote,
  models,
  agent,
  budget,
  lines = ["kernel: I/O error on sda1"],
}: Parts = {}): string => {
  const task = {
    version: 1,
    name: "label",
    models: {
      big: {
        provider: "openai-compatible",
        preset: "openai",
        baseUrl: server.baseUrl,
        model: "big",
        apiKey: "${env:SWARM_TEST_KEY}",
        price: { input: 1, output: 2 },
        ...remote,
      },
      ...models,
    },
    resources: { budget: { tokens: "1M", ...budget } },
    agents: { ann: { role: "an operator", model: ["big", "voter:generalist"], ...agent } },
    workflow: [
      {
        id: "each",
        map: { over: lines, as: "line", do: [{ id: "label", ask: "ann", prompt: "${{ line }}", options }] },
      },
    ],
    outputs: { labels: "${{ pluck(steps.each.items, 'steps.label.choice') }}" },
  };
  const folder = scratchFolder(onTestFinished);
  writeFileSync(join(folder, "task.json"), JSON.stringify(task));
  return folder;
};

const bytesUnder = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

const sure = {
  type: "text",
  text: "error",
  tokens: [
    [
      ["error", 0.9],
      ["critical", 0.1],
    ],
  ],
} as const;

test("a remote model answers; what it took is shown for each agent, and its run is replayed without it", async () => {
  server.script({ ...sure, usage: { prompt_tokens: 100, completion_tokens: 10 } });
  const cwd = folderWith({ lines: ["one", "two"] });
  const run = await swarm(["run", "task.json", "--json"], { cwd, env });
  expect(run).toMatchObject({ code: 0 });
  expect(server.requests).toHaveLength(2);
  expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${canary}`);
  const twice = { calls: 2, promptTokens: 200, outputTokens: 20, costUsd: 0.00024 };
  expect(eventsIn(run.stdout).at(-1)).toMatchObject({
    type: "run.finished",
    outputs: { labels: ["error", "error"] },
    usage: { ...twice, agents: { ann: twice }, steps: { "each/label": twice }, models: { big: twice } },
  });
  const show = await swarm(["show", "last"], { cwd, env });
  expect(show.stdout).toMatch(/ann +2 +0 +200 +20 +0\.00024 USD/);

  await server.close();
  const replay = await swarm(["replay", "last"], { cwd });
  expect(replay).toMatchObject({ code: 0 });
  expect(replay.stdout).toContain("identical");
  expect(server.requests).toHaveLength(2);
});

test.each([200, 401, 500])(
  "the key is in no byte of the record and in no word that is said, though the provider quotes it with status %i",
  async (status) => {
    server.script({ type: "echo", status });
    const cwd = folderWith({ agent: { model: "big" }, remote: { retries: 1 } });
    const said: string[] = [];
    for (const words of [
      ["run", "task.json", "--json"],
      ["show", "last", "--json"],
      ["check", "task.json"],
      ["plan", "task.json"],
      ["replay", "last", "--json"],
    ]) {
      const { code, stdout, stderr } = await swarm(words, { cwd, env });
      if (words[0] === "run") expect(code, stderr).toBe(1);
      said.push(stdout, stderr);
    }
    // The bytes as they are, and the rows as they were before they were packed.
    const home = openSwarm({ home: join(cwd, ".swarm") });
    const rows = JSON.stringify([...home.rows("last")]);
    await home.close();
    const record = `${bytesUnder(join(cwd, ".swarm"))}${rows}`;
    // The name of the variable is on record, so the search finds what is there.
    expect(record).toContain("SWARM_TEST_KEY");
    const all = [...said, record].join("\n");
    expect(all).toContain("[secret]");
    expect(all).not.toContain(canary);
    expect(all).not.toContain(Buffer.from(canary).toString("base64"));
  },
);

test("a provider in a storm is asked as often as the policy says, then the voter that ships; both are on record", async () => {
  server.script(
    { type: "status", status: 503 },
    { type: "status", status: 429, headers: { "retry-after-ms": "20" } },
    { type: "drop", text: "err" },
  );
  const cwd = folderWith();
  const run = await swarm(["run", "task.json", "--json"], { cwd, env });
  expect(run).toMatchObject({ code: 0 });
  expect(server.requests).toHaveLength(3);
  expect(eventsIn(run.stdout).at(-1)).toMatchObject({
    outputs: { labels: [expect.stringMatching(/error|critical/)] },
    usage: {
      calls: 2,
      failedTries: 3,
      models: { big: { calls: 1, failedTries: 3 }, "voter:generalist": { calls: 1, costUsd: 0 } },
    },
  });
  await server.close();
  expect(await swarm(["replay", "last"], { cwd })).toMatchObject({ code: 0 });
});

test("a call that passes its deadline fails cleanly: the provider is left alone, and the next model answers", async () => {
  server.script({ type: "silence" });
  // Canned, as an engine would have to start within the deadline, which holds for each call by itself.
  const models = { canned: { provider: "scripted", replies: [{ text: "critical" }] } };
  const cwd = folderWith({ agent: { model: ["big", "canned"], deadline: "300ms", priority: 2 }, models });
  const run = await swarm(["run", "task.json", "--json"], { cwd, env });
  expect(run).toMatchObject({ code: 0 });
  expect(eventsIn(run.stdout).at(-1)).toMatchObject({
    outputs: { labels: ["critical"] },
    usage: { models: { big: { calls: 1 }, canned: { calls: 1 } } },
  });
  // On a busy machine the deadline may be over before the request has left.
  await expect.poll(() => server.open()).toBe(0);
  const home = openSwarm({ home: join(cwd, ".swarm") });
  const rows = [...home.rows("last")].map((row) => JSON.stringify(row));
  await home.close();
  const asked = rows.filter(
    (row) => row.includes('"actor":"scheduler"') && row.includes('"inference.requested"'),
  );
  expect(asked).toHaveLength(2);
  for (const row of asked)
    expect(row).toMatch(/"priority":2.*"deadlineMs":300|"deadlineMs":300.*"priority":2/);
  expect(rows.join("\n")).toContain("was still at work at its deadline of 300 ms");
  await server.close();
  expect(await swarm(["replay", "last"], { cwd })).toMatchObject({ code: 0 });
});

test("without another model a deadline that passes fails the step, with what to do", async () => {
  server.script({ type: "silence" });
  const cwd = folderWith({ agent: { model: "big", deadline: "300ms" } });
  const { code, stderr } = await swarm(["run", "task.json"], { cwd, env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/TIMEOUT: the call of big was still at work at its deadline of 300 ms; raise/);
});

test("a model asked several times is as sure as it agrees with itself; each time is a call, and the budget counts it", async () => {
  const says = (text: string) =>
    ({ type: "text", text, usage: { prompt_tokens: 50, completion_tokens: 5 } }) as const;
  server.script(says("error"), says("Critical."), says("error"));
  const remote = { confidence: "sampled", samples: 5 };
  const cwd = folderWith({ remote, agent: { model: "big" } });
  const run = await swarm(["run", "task.json", "--json"], { cwd, env });
  expect(run).toMatchObject({ code: 0 });
  expect(server.requests).toHaveLength(5);
  expect(new Set(server.requests.map(({ body }) => body["temperature"]))).toEqual(new Set([0.7]));
  expect(eventsIn(run.stdout).at(-1)).toMatchObject({
    outputs: { labels: ["error"] },
    usage: { calls: 5, promptTokens: 250, outputTokens: 25 },
  });
  // Four of five, and one more shared out over four options.
  const answered = eventsIn(run.stdout).find(
    ({ type }) => type === "ask.completed" || type === "step.completed",
  );
  expect(JSON.stringify(answered)).toContain(String((4 + 0.25) / 6).slice(0, 5));
  expect((await swarm(["plan", "task.json"], { cwd, env })).stdout).toMatch(
    /confidence sampled, 5 calls a choice/,
  );
  expect((await swarm(["plan", "task.json", "--json"], { cwd, env })).stdout).toMatch(/"calls": ?5,/);
  expect(await swarm(["replay", "last"], { cwd })).toMatchObject({ code: 0 });

  server.script(says("error"));
  const short = folderWith({ remote, agent: { model: "big" }, budget: { turns: 4 } });
  const spent = await swarm(["run", "task.json"], { cwd: short, env });
  expect(spent).toMatchObject({ code: 4 });
  expect(spent.stderr).toContain("all 4 turns of the budget are spent");
  expect(server.requests.length).toBeLessThanOrEqual(5 + 4);
});

test("a chain goes from a local model to a remote one, and back", async () => {
  // The local one needs more memory than the task grants; the remote one is dead in the second run.
  const models = { own: { provider: "llama", file: "own.gguf", context: 512 } };
  const chain = (model: readonly string[], vram: string) => {
    const folder = folderWith({ models, agent: { model } });
    writeTinyGguf(join(folder, "own.gguf"));
    return swarm(["run", "task.json", "--json", "--vram", vram], { cwd: folder, env });
  };
  server.script(sure);
  const there = await chain(["own", "big"], "1MB");
  expect(there).toMatchObject({ code: 0 });
  expect(eventsIn(there.stdout).at(-1)).toMatchObject({
    outputs: { labels: ["error"] },
    usage: { models: { big: { calls: 1, failedTries: 0 } } },
  });
  expect(server.requests).toHaveLength(1);
  server.script({ type: "status", status: 401 });
  const back = await chain(["big", "own"], "1GB");
  expect(back).toMatchObject({ code: 0 });
  expect(eventsIn(back.stdout).at(-1)).toMatchObject({
    outputs: { labels: [expect.stringMatching(/info|warning|error|critical/)] },
    usage: { models: { own: { calls: 1 } } },
  });
  expect(server.requests).toHaveLength(2);
});

test("the circuit of a dead provider opens: most lines never ask it", async () => {
  await server.close();
  const lines = Array.from({ length: 30 }, (_, index) => `sshd[${index}]: Failed password for root`);
  const cwd = folderWith({ lines, remote: { retries: 0, concurrency: 1, circuit: { failures: 3 } } });
  const run = await swarm(["run", "task.json", "--json"], { cwd, env });
  expect(run).toMatchObject({ code: 0 });
  expect(eventsIn(run.stdout).at(-1)).toMatchObject({
    usage: { models: { big: { calls: 30, failedTries: 3 }, "voter:generalist": { calls: 30 } } },
  });
  expect(await swarm(["replay", "last"], { cwd })).toMatchObject({ code: 0 });
});

test("a budget in dollars ends the run with exit 4 before a call that could break it", async () => {
  server.script({ ...sure, usage: { prompt_tokens: 400, completion_tokens: 200 } });
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const cwd = folderWith({ lines, budget: { usd: 0.004 } });
  const run = await swarm(["run", "task.json", "--json"], { cwd, env });
  expect(run).toMatchObject({ code: 4 });
  const last = eventsIn(run.stdout).at(-1) as { usage: { costUsd: number }; message: string };
  expect(last.message).toContain("budget.usd");
  expect(last.usage.costUsd).toBeLessThanOrEqual(0.004);
  // .0008 dollars a call.
  expect(server.requests.length).toBeGreaterThanOrEqual(2);
  expect(server.requests.length).toBeLessThanOrEqual(5);
});

test("without its key a run does not begin, and says which variable to set", async () => {
  const cwd = folderWith();
  const { code, stderr } = await swarm(["run", "task.json"], { cwd });
  expect(code).toBe(8);
  expect(stderr).toContain("SWARM_TEST_KEY");
  expect((await swarm(["runs", "--json"], { cwd })).stdout.trim()).toBe("[]");
});

test("killed in the middle of a call, a run is resumed: its tries are counted on, and none is lost", async () => {
  server.script({ type: "status", status: 503 }, { type: "silence" });
  const cwd = folderWith({ agent: { model: "big" } });
  const killed = swarm(["run", "task.json", "--json"], {
    cwd,
    env,
    onLine: (_, child) => watchAndKill(child),
  });
  const watchAndKill = (child: { kill(signal: "SIGKILL"): boolean }) =>
    void expect
      .poll(() => server.silent(), { timeout: 20_000 })
      .toBe(1)
      .then(() => child.kill("SIGKILL"));
  expect((await killed).code).toBeNull();
  server.script({ type: "status", status: 503 }, sure);
  const resumed = await swarm(["resume", "last", "--json"], { cwd, env });
  expect(resumed).toMatchObject({ code: 0 });
  expect(eventsIn(resumed.stdout).at(-1)).toMatchObject({ usage: { calls: 1, failedTries: 2 } });
  await server.close();
  expect(await swarm(["replay", "last"], { cwd })).toMatchObject({ code: 0 });
});

test("a run without a remote model loads nothing of what one needs", async () => {
  const cwd = folderWith({ agent: { model: "voter:generalist" }, remote: {} });
  writeFileSync(
    join(cwd, "loaded.cjs"),
    `process.on("exit", () => process.stderr.write(Object.keys(require.cache).map((file) => "loaded " + file).join("\\n") + "\\n"));`,
  );
  const task = JSON.parse(readFileSync(join(cwd, "task.json"), "utf8"));
  writeFileSync(join(cwd, "task.json"), JSON.stringify({ ...task, models: {} }));
  const { code, stderr } = await swarm(["run", "task.json"], {
    cwd,
    env: { NODE_OPTIONS: `--require ${join(cwd, "loaded.cjs")}` },
  });
  expect(code).toBe(0);
  expect(stderr).toContain("loaded ");
  expect(stderr).not.toMatch(/loaded .*node_modules\/(ai|@ai-sdk|cockatiel)\//);
});
