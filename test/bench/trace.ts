// What a trace costs: whole runs through the built command line, with and without `--otlp`, in turn, by processor
// time. One workload does nothing but talk to itself, the other asks the models that ship. The collector is a process of its own.
// Usage: npm run bench -- trace [ROUNDS] [ITEMS]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const rounds = Number(process.argv[2] ?? 5);
const items = Number(process.argv[3] ?? 1000);
const bin = join(process.cwd(), "dist", "bin", "swarm.cjs");
const folder = mkdtempSync(join(tmpdir(), "swarm-bench-trace-"));

const idle = `version: 1
name: idle
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

type Sample = { readonly cpuMs: number; readonly wallMs: number };

/** With the time of its engines, which are processes of their own. */
const measured = (words: readonly string[]): Sample => {
  const env = { ...process.env, SWARM_HOME: join(folder, "home") };
  const timed = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null 2>&1';
  const { status, stderr } = spawnSync("bash", ["-c", timed, "bash", process.execPath, bin, ...words], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`swarm ${words.join(" ")} ended with ${status}`);
  const [real = 0, user = 0, system = 0] = stderr.trim().split(" ").map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: real * 1000 };
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const compare = (name: string, words: readonly string[], url: string): void => {
  measured(words);
  measured([...words, "--otlp", url]);
  const [off, on]: [Sample[], Sample[]] = [[], []];
  // In turn, so that what else the machine does falls on both.
  for (let round = 0; round < rounds; round += 1) {
    off.push(measured(words));
    on.push(measured([...words, "--otlp", url]));
  }
  const of = (samples: readonly Sample[], key: keyof Sample) => median(samples.map((sample) => sample[key]));
  const cost = (key: keyof Sample) => `${((of(on, key) / of(off, key) - 1) * 100).toFixed(1)} %`;
  console.log(
    `${name.padEnd(28)} cpu ${of(off, "cpuMs").toFixed(0)} -> ${of(on, "cpuMs").toFixed(0)} ms, ${cost("cpuMs")} more; ` +
      `wall ${of(off, "wallMs").toFixed(0)} -> ${of(on, "wallMs").toFixed(0)} ms, ${cost("wallMs")} more`,
  );
};

const receiver = spawn(process.execPath, ["-e", collector], { stdio: ["ignore", "pipe", "inherit"] });
try {
  const port = await new Promise<string>((resolve) =>
    receiver.stdout.once("data", (data: Buffer) => resolve(data.toString().trim())),
  );
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, "idle.yaml"), idle);
  writeFileSync(join(folder, "list.txt"), Array.from({ length: items }, (_, at) => `${at}\n`).join(""));
  spawnSync(process.execPath, [bin, "init", "demo"], { cwd: folder });
  compare(`no-op, ${items} items`, ["run", "idle.yaml"], url);
  compare("real models, 38 lines", ["run", "demo/task.yaml"], url);
} finally {
  receiver.kill();
  rmSync(folder, { recursive: true, force: true });
}
