// What watching costs: CPU of whole runs by the built command line, engines included, with traces, with metrics, and with both,
// against none of them. The ways take turns within each round, forwards and backwards, since the machine changes
// while this runs; what is told is the median over the rounds of each way's part of that round's run without any. The
// collector is a process of its own, and its time does not count. A run that is scraped is scraped by its own end.
// Runs are long enough that what loading and compiling the code costs, some hundred milliseconds, is not the most of it.
// Usage: npm run bench -- observed [ROUNDS] [ITEMS] [LINES]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rounds = Number(process.argv[2] ?? 5);
const items = Number(process.argv[3] ?? 3000);
const lines = Number(process.argv[4] ?? 600);
const bin = join(process.cwd(), "dist", "bin", "swarm.cjs");
const folder = mkdtempSync(join(tmpdir(), "swarm-bench-observed-"));

/** Models that answer at once: all that the run does is talk to itself, so nothing hides what watching it takes. */
const noOp = `version: 1
name: no-op
inputs: { list: { type: file, path: list.txt } }
models: { canned: { provider: scripted, replies: [{ text: "yes", confidence: 0.9 }] } }
agents: { ann: { role: a, model: canned }, bob: { role: b, model: canned }, cid: { role: c, model: canned } }
workflow:
  - id: all
    map:
      over: "\${{ inputs.list.lines }}"
      as: it
      do:
        - { id: label, ask: ann, prompt: "\${{ it.text }}", options: ["yes", "no"] }
        - { id: vote, decide: { question: "\${{ it.text }}?", options: ["yes", "no"], voters: [ann, bob, cid], rule: majority, tier: routine } }
outputs: { all: "\${{ steps.all.count }}" }
`;

/** A collector that takes everything, and prints its port. */
const collector = `
const server = require("node:http").createServer((request, response) => {
  request.resume().on("end", () => response.end());
});
server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port) + "\\n"));
`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** CPU of one run with its engines, milliseconds: fields 16 and 17 tell of children that ended, in hundredths of a second. */
const cpuOf = (words: readonly string[]): number => {
  const spentMs = (): number => {
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) * 10;
  };
  const fromMs = spentMs();
  const env = { ...process.env, SWARM_HOME: mkdtempSync(join(folder, "home-")) };
  const { status, stderr } = spawnSync(process.execPath, [bin, ...words], { cwd: folder, env });
  if (status !== 0) throw new Error(`swarm ${words.join(" ")} ended with ${status}: ${stderr.toString()}`);
  return spentMs() - fromMs;
};

const compare = (name: string, words: readonly string[], url: string): void => {
  const traces = ["--otlp", url];
  const metrics = ["--metrics-port", "0"];
  const ways = [[], traces, metrics, [...traces, ...metrics]].map((flags) => ({
    words: [...words, ...flags],
    ms: [] as number[],
  }));
  const off = ways[0]?.ms ?? [];
  for (const way of ways) cpuOf(way.words);
  for (let round = 0; round < rounds; round += 1)
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) way.ms.push(cpuOf(way.words));
  const [offMs, ...shares] = ways.map(({ ms }, at) =>
    at === 0
      ? `${median(ms).toFixed(0)} ms`
      : `+${((median(ms.map((each, round) => each / (off[round] ?? Number.NaN))) - 1) * 100).toFixed(1)} %`,
  );
  console.log([name, offMs, ...shares].map((cell, at) => (cell ?? "").padEnd(at === 0 ? 26 : 12)).join(""));
};

const receiver = spawn(process.execPath, ["-e", collector], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const port = await new Promise<string>((resolve) =>
    receiver.stdout.once("data", (data: Buffer) => resolve(data.toString().trim())),
  );
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, "no-op.yaml"), noOp);
  writeFileSync(join(folder, "list.txt"), Array.from({ length: items }, (_, at) => `${at}\n`).join(""));
  spawnSync(process.execPath, [bin, "init", "demo"], { cwd: folder });
  const demo = readFileSync(join(folder, "demo", "app.log"), "utf8")
    .trimEnd()
    .split("\n");
  // No two lines are the same: an answer that is known already would cost less.
  const log = Array.from({ length: lines }, (_, at) => `${demo[at % demo.length]} ${at}\n`);
  writeFileSync(join(folder, "long.log"), log.join(""));
  console.log(`CPU, median of ${rounds} rounds; goals for both: 10 % without models, 5 % with them`);
  console.log("".padEnd(26) + ["off", "traces", "metrics", "both"].map((way) => way.padEnd(12)).join(""));
  compare(`no-op, ${items} items`, ["run", "no-op.yaml"], url);
  compare(`real models, ${lines} lines`, ["run", "demo/task.yaml", "--input", "log=long.log"], url);
} finally {
  receiver.kill();
  rmSync(folder, { recursive: true, force: true });
}
