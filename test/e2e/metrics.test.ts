import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder, swarm } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { objects, startOtlpReceiver } from "../support/otlp-receiver.ts";
import { startProgram, eventually } from "../support/program.ts";

const task = `version: 1
name: asks
models: { m: { provider: scripted, replies: [{ text: "yes", confidence: 0.9 }] } }
agents: { a: { role: r, model: m } }
workflow: [{ id: s, ask: a, prompt: well }]
outputs: { said: "\${{ steps.s.output }}" }
`;

const folderWithTask = (): string => {
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.yaml"), task);
  return cwd;
};

test("a run leaves its last metrics in its place, and says where they were served", async () => {
  const cwd = folderWithTask();
  const { code, stdout, stderr } = await swarm(["run", "task.yaml", "--metrics-port", "0"], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ said: "yes" });
  expect(stderr).toMatch(/^metrics: http:\/\/127\.0\.0\.1:\d+\/metrics$/m);
  const [run = ""] = readdirSync(join(cwd, ".swarm", "runs"));
  const file = join(cwd, ".swarm", "runs", run, "metrics.prom");
  const text = readFileSync(file, "utf8");
  expect(text).toContain('swarm_runs_total{outcome="done"} 1\n');
  expect(text).toContain(
    'gen_ai_invoke_agent_duration_seconds_count{gen_ai_agent_name="a",error_type=""} 1\n',
  );
  if (spawnSync("promtool", ["--version"]).status !== 0) return;
  const { status, stderr: said } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  expect({ status, said }).toEqual({ status: 0, said: "" });
});

test("the last metrics tell what became of the last spans", async () => {
  const cwd = folderWithTask();
  const [port = 0] = await freePorts(1);
  const flags = ["--metrics-port", "0", "--otlp", `http://127.0.0.1:${port}`];
  const { code, stderr } = await swarm(["run", "task.yaml", ...flags], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringContaining("the trace is incomplete")]);
  const [run = ""] = readdirSync(join(cwd, ".swarm", "runs"));
  const text = readFileSync(join(cwd, ".swarm", "runs", run, "metrics.prom"), "utf8");
  expect(text).toMatch(/^swarm_otel_spans_total\{result="lost"\} [1-9]\d*$/m);
  expect(text).toContain("\nswarm_otel_queue_size 0\n");
});

test("the last metrics know what became of all spans", async () => {
  const cwd = folderWithTask();
  const collector = await startOtlpReceiver(objects(2, "too old"));
  onTestFinished(() => collector.close());
  await swarm(["run", "task.yaml", "--metrics-port", "0", "--otlp", collector.url], { cwd });
  const [run = ""] = readdirSync(join(cwd, ".swarm", "runs"));
  const text = readFileSync(join(cwd, ".swarm", "runs", run, "metrics.prom"), "utf8");
  expect(text).toContain(`swarm_otel_spans_total{result="sent"} ${collector.spans().length - 2}\n`);
  expect(text).toContain('swarm_otel_spans_total{result="rejected"} 2\n');
  expect(text).toContain("swarm_otel_queue_size 0\n");
});

test("without the flag nothing is measured and nothing is left", async () => {
  const cwd = folderWithTask();
  const { code, stderr } = await swarm(["run", "task.yaml"], { cwd });
  expect(code).toBe(0);
  expect(stderr).not.toContain("metrics");
  expect(existsSync(join(cwd, ".swarm", "runs"))).toBe(false);
});

test("nobody is waited for who could not come", async () => {
  const cwd = folderWithTask();
  const { code, stderr } = await swarm(["run", "task.yaml", "--metrics-linger", "60"], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining("--metrics-port")]);
  expect(existsSync(join(cwd, ".swarm"))).toBe(false);
});

/** A run that waits for a reader of its last metrics: where they are, once it is over, and its exit code. */
const lingering = async () => {
  const cwd = folderWithTask();
  const bin = join(process.cwd(), "dist/bin/swarm.cjs");
  const flags = ["--metrics-port", "0", "--metrics-linger", "60"];
  const env = { ...process.env, SWARM_HOME: join(cwd, ".swarm") };
  const child = startProgram(process.execPath, [bin, "run", "task.yaml", ...flags], { cwd, env });
  onTestFinished(() => child.stop());
  const ended = once(child.process, "exit");
  const url = await eventually(
    "the end of the run",
    async () => (child.output().includes(": done") ? /metrics: (\S+)/.exec(child.output())?.[1] : undefined),
    child,
  );
  return { url, child, exit: async (): Promise<unknown> => (await ended)[0] };
};

test("lingers until the last metrics are read, and answers about its health", async () => {
  const { url, child, exit } = await lingering();
  // Whoever asks for the head has read nothing.
  expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  const health = await fetch(new URL("/healthz", url));
  expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
  expect((await fetch(new URL("/elsewhere", url))).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect(child.process.exitCode).toBeNull();
  const metrics = await (await fetch(url)).text();
  expect(metrics).toContain('swarm_runs_total{outcome="done"} 1\n');
  expect(await exit()).toBe(0);
});

test("a scraper that comes after the run is told first how it began, and then how it ended", async () => {
  const { url, exit } = await lingering();
  const headers = { "x-prometheus-scrape-timeout-seconds": "5" };
  const scrape = async (): Promise<readonly (string | undefined)[]> => {
    const text = await (await fetch(url, { headers })).text();
    const runs = /^swarm_runs_total\{outcome="done"\} (\d+)/m.exec(text)?.[1];
    const times = /^gen_ai_workflow_duration_seconds_count\{.*error_type=""\} (\d+)/m.exec(text)?.[1];
    return [runs, times, /^swarm_runs_active (\d+)/m.exec(text)?.[1]];
  };
  expect(await scrape()).toEqual(["0", "0", "1"]);
  expect(await scrape()).toEqual(["1", "1", "0"]);
  expect(await exit()).toBe(0);
});

test("a port that is taken, and one that is none, are refused before anything runs", async () => {
  const cwd = folderWithTask();
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  const taken = await swarm(["run", "task.yaml", "--metrics-port", port], { cwd });
  expect(taken.code).toBe(2);
  expect(taken.stderr).toContain(`metrics cannot be served on 127.0.0.1:${port}`);
  expect(taken.stderr).toContain("choose another --metrics-port");
  const wrong = await swarm(["run", "task.yaml", "--metrics-port", "70000"], { cwd });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("write a port from 0 to 65535");
  expect(existsSync(join(cwd, ".swarm"))).toBe(false);
});

test("a resumed run counts what it does itself", async () => {
  const cwd = folderWithTask();
  await swarm(["run", "task.yaml"], { cwd });
  const { code, stderr } = await swarm(["resume", "last", "--metrics-port", "0"], { cwd });
  expect([code, stderr]).toEqual([0, expect.stringContaining("done")]);
});

test("a run that still waits for a person keeps the metrics of the process that drove it", async () => {
  const cwd = scratchFolder(onTestFinished);
  const vote = `{ question: "q?", options: ["yes", "no"], voters: [a, b], rule: majority, escalate: human }`;
  const tied = task
    .replace('text: "yes", confidence: 0.9', 'agent: a, text: "yes" }, { text: "no"')
    .replace("a: { role: r, model: m }", "a: { role: r, model: m }, b: { role: r, model: m }")
    .replace("ask: a, prompt: well", `decide: ${vote}`);
  writeFileSync(join(cwd, "task.yaml"), tied);
  expect((await swarm(["run", "task.yaml", "--metrics-port", "0"], { cwd })).code).toBe(5);
  const [run = ""] = readdirSync(join(cwd, ".swarm", "runs"));
  const file = join(cwd, ".swarm", "runs", run, "metrics.prom");
  const first = readFileSync(file, "utf8");
  // The parts that are gone by then stand in it as they stood last.
  for (const name of ["swarm_raft_term", "swarm_agent_mailbox_depth"])
    expect(first).toMatch(new RegExp(`^${name}\\{`, "m"));
  expect((await swarm(["resume", "last", "--metrics-port", "0"], { cwd })).code).toBe(5);
  expect(readFileSync(file, "utf8")).toBe(first);
});
