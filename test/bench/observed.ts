// What watching costs: CPU of the same runs with metrics off and on, in turns, and medians of them.
// `no-op`: scripted models that answer at once, in this process. `inference`: the triage example by the command line,
// engines included.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMetrics, openSwarm, type TaskDefinition } from "../../index.ts";

const rounds = 7;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const base = {
  version: 1,
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" }, c: { role: "r", model: "m" } },
} as const;
const over = (count: number, step: TaskDefinition["workflow"][number]): TaskDefinition => ({
  ...base,
  name: "no-op",
  workflow: [
    {
      id: "all",
      map: { over: Array.from({ length: count }, (_, index) => `i${index}`), as: "it", do: [step] },
    },
  ],
  outputs: {},
});
const asks = over(400, { id: "s", ask: "a", prompt: "${{ it }}" });
const decisions = over(300, {
  id: "d",
  decide: {
    question: "${{ it }}",
    options: ["yes", "no"],
    voters: ["a", "b", "c"],
    rule: "majority",
    tier: "routine",
  },
});

const folder = mkdtempSync(join(tmpdir(), "swarm-bench-"));
const excerpt = join(folder, "excerpt.log");
writeFileSync(
  excerpt,
  readFileSync("docs/examples/triage/system.log", "utf8").split("\n").slice(0, 100).join("\n"),
);
const cpuMs = (from: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

/** CPU of one run in this process, milliseconds. */
const inProcess = async (task: TaskDefinition, isOn: boolean): Promise<number> => {
  const metrics = isOn ? await openMetrics({ port: 0 }) : undefined;
  const swarm = openSwarm({
    home: mkdtempSync(join(folder, "home-")),
    ...(metrics === undefined ? {} : { metrics }),
  });
  const from = process.cpuUsage();
  const { outcome, message } = await swarm.run(task);
  const took = cpuMs(from);
  if (outcome !== "done") throw new Error(`the run ended as ${outcome}: ${message}`);
  await swarm.close();
  await metrics?.close();
  return took;
};

/** CPU of children that have ended, with their children, milliseconds: fields 16 and 17, in hundredths of a second. */
const childrenMs = (): number => {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
};

const byCommand = (isOn: boolean): Promise<number> => {
  const from = childrenMs();
  const words = ["dist/bin/swarm.cjs", "run", "docs/examples/triage/task.yaml", "--input", `log=${excerpt}`];
  const env = { ...process.env, SWARM_HOME: mkdtempSync(join(folder, "home-")) };
  const { status } = spawnSync(process.execPath, isOn ? [...words, "--metrics-port", "0"] : words, { env });
  if (status !== 0) throw new Error(`the run ended with ${status}`);
  return Promise.resolve(childrenMs() - from);
};

const compare = async (name: string, work: (isOn: boolean) => Promise<number>): Promise<void> => {
  const [off, on, ratios]: [number[], number[], number[]] = [[], [], []];
  await work(false);
  await work(true);
  for (let round = 0; round < rounds; round += 1) {
    // In turns, and each first half of the time: the machine changes while this runs.
    const first = round % 2 === 0;
    const one = await work(first);
    const other = await work(!first);
    const [isOn, isOff] = first ? [one, other] : [other, one];
    on.push(isOn);
    off.push(isOff);
    ratios.push(isOn / isOff);
  }
  const more = (median(ratios) - 1) * 100;
  console.log(
    `${name.padEnd(32)} off ${median(off).toFixed(0).padStart(6)} ms  on ${median(on).toFixed(0).padStart(6)} ms  ` +
      `${more.toFixed(1).padStart(5)} % more (median of ${rounds} pairs)`,
  );
};

try {
  if (process.argv.includes("--profile")) {
    for (let i = 0; i < 12; i += 1) await inProcess(decisions, true);
    process.exit(0);
  }
  await compare("no-op, 400 asks", (isOn) => inProcess(asks, isOn));
  await compare("no-op, 300 decisions", (isOn) => inProcess(decisions, isOn));
  await compare("inference, triage of 100 lines", byCommand);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
