// What watching costs: CPU of whole runs by the built command line, engines included, with traces, with metrics, and with both,
// against none of them. Each run that is watched has one beside it that is not, at the same time, each on a core of its own, and they
// change cores from round to round: what the machine does meanwhile meets both. What is told is the median over the rounds of
// the one's part of the other. The collector is a process of its own, and its time does not count. A run that is
// scraped is scraped by its own end. Runs are long enough that loading and compiling the code is not the most of it.
// The models that ship have a megabyte each and answer within a millisecond or two; beside them stands one of 40 MB with random
// weights, still a tenth of the smallest that people use to write.
// Needs Linux with taskset and bash, and two cores. Usage: npm run bench -- observed [ROUNDS] [ITEMS] [LINES] [LARGER]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SHAPE } from "../../inference/voters/voters.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

const rounds = Number(process.argv[2] ?? 5);
const items = Number(process.argv[3] ?? 2000);
const lines = Number(process.argv[4] ?? 400);
const larger = Number(process.argv[5] ?? 40);
const bin = join(process.cwd(), "dist", "bin", "swarm.cjs");
const folder = mkdtempSync(join(tmpdir(), "swarm-bench-observed-"));

/** A question to one agent and a decision of three about each line of a list. */
const taskOf = (model: string): string => `version: 1
name: watched
inputs: { list: { type: file, path: list.txt } }
models: { only: ${model} }
agents: { ann: { role: a, model: only }, bob: { role: b, model: only }, cid: { role: c, model: only } }
workflow:
  - id: all
    map:
      over: "\${{ inputs.list.lines }}"
      as: it
      do:
        - { id: label, ask: ann, prompt: "\${{ it.text }}", options: ["info", "error"] }
        - { id: vote, decide: { question: "\${{ it.text }}?", options: ["info", "error"], voters: [ann, bob, cid], rule: majority, tier: routine } }
outputs: { all: "\${{ steps.all.count }}" }
`;

/** It answers at once: all that the run does is talk to itself, so nothing hides what watching it takes. */
const noOp = taskOf(`{ provider: scripted, replies: [{ text: "info", confidence: 0.9 }] }`);

/** A collector that takes everything, and prints its port. */
const collector = `
const server = require("node:http").createServer((request, response) => {
  request.resume().on("end", () => response.end());
});
server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port) + "\\n"));
`;

const numbers = (count: number): string => Array.from({ length: count }, (_, at) => `${at}\n`).join("");

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** CPU of one run with its engines on one core, milliseconds. */
const cpuOf = async (words: readonly string[], core: number): Promise<number> => {
  const env = { ...process.env, SWARM_HOME: mkdtempSync(join(folder, "home-")) };
  const timed = ["bash", "-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "timed", process.execPath, bin, ...words];
  const run = spawn("taskset", ["-c", String(core), ...timed], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let told = "";
  run.stderr.on("data", (data: Buffer) => (told += data.toString()));
  const status = await new Promise((resolve) => run.once("close", resolve));
  const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(told) ?? [];
  if (status !== 0) throw new Error(`swarm ${words.join(" ")} ended with ${String(status)}: ${told}`);
  return (Number(user) + Number(system)) * 1000;
};

const compare = async (name: string, words: readonly string[], url: string): Promise<void> => {
  const traces = ["--otlp", url];
  const metrics = ["--metrics-port", "0"];
  const off: number[] = [];
  const ways = [traces, metrics, [...traces, ...metrics]].map((flags) => ({
    words: [...words, ...flags],
    shares: [] as number[],
  }));
  for (let round = 0; round <= rounds; round += 1)
    for (const way of ways) {
      const core = round % 2;
      const [offMs, ms] = await Promise.all([cpuOf(words, core), cpuOf(way.words, 1 - core)]);
      // The first round warms up.
      if (round === 0) continue;
      off.push(offMs);
      way.shares.push(ms / offMs);
    }
  const shares = ways.map((way) => `+${((median(way.shares) - 1) * 100).toFixed(1)} %`);
  const cells = [name, `${median(off).toFixed(0)} ms`, ...shares];
  console.log(cells.map((cell, at) => cell.padEnd(at === 0 ? 30 : 12)).join(""));
};

const receiver = spawn(process.execPath, ["-e", collector], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const port = await new Promise<string>((resolve) =>
    receiver.stdout.once("data", (data: Buffer) => resolve(data.toString().trim())),
  );
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, "no-op.yaml"), noOp);
  writeFileSync(join(folder, "list.txt"), numbers(items));
  writeFileSync(join(folder, "larger.yaml"), taskOf("{ provider: llama, file: larger.gguf }"));
  writeFileSync(join(folder, "short.txt"), numbers(larger));
  writeTinyGguf(join(folder, "larger.gguf"), {
    shape: { ...SHAPE, dim: 512, layers: 12, heads: 8, kvHeads: 4, ffn: 1536 },
  });
  spawnSync(process.execPath, [bin, "init", "demo"], { cwd: folder });
  const demo = readFileSync(join(folder, "demo", "app.log"), "utf8")
    .trimEnd()
    .split("\n");
  // No two lines are the same: an answer that is known already would cost less.
  const log = Array.from({ length: lines }, (_, at) => `${demo[at % demo.length]} ${at}\n`);
  writeFileSync(join(folder, "long.log"), log.join(""));
  console.log(`CPU, median of ${rounds} rounds; goals for both: 10 % without models, 5 % with them`);
  console.log("".padEnd(30) + ["off", "traces", "metrics", "both"].map((way) => way.padEnd(12)).join(""));
  await compare(`no-op, ${items} items`, ["run", "no-op.yaml"], url);
  await compare(`models of 1 MB, ${lines} lines`, ["run", "demo/task.yaml", "--input", "log=long.log"], url);
  await compare(
    `a model of 40 MB, ${larger} items`,
    ["run", "larger.yaml", "--input", "list=short.txt"],
    url,
  );
} finally {
  receiver.kill();
  rmSync(folder, { recursive: true, force: true });
}
