// Whole runs on a disk: sequential steps, a fan-out, many small runs, cost by length, replay against live.
// Baselines in the same run: as many raw appends with fdatasync, one after another, to a file beside the log.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSwarm, type Swarm, type TaskDefinition } from "../../index.ts";

const rounds = 5;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const base = {
  version: 1,
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" }, c: { role: "r", model: "m" } },
} as const;

/** `count` decisions one after another: each waits for the disk three times or more, since ballots leave the record. */
const sequentialTask = (count: number): TaskDefinition => ({
  ...base,
  name: "sequential",
  workflow: Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    decide: {
      question: `q${index}`,
      options: ["yes", "no"],
      voters: ["a", "b", "c"],
      rule: "majority",
      tier: "routine",
    },
  })),
  outputs: {},
});

const askTask = (count: number): TaskDefinition => ({
  ...base,
  name: "asks",
  workflow: Array.from({ length: count }, (_, index) => ({ id: `s${index}`, ask: "a", prompt: `p${index}` })),
  outputs: {},
});

const fanOutTask = (width: number): TaskDefinition => ({
  ...base,
  name: "fan-out",
  workflow: [
    {
      id: "all",
      map: {
        over: Array.from({ length: width }, (_, index) => `i${index}`),
        as: "it",
        concurrency: width,
        do: [{ id: "s", ask: "a", prompt: "${{ it }}" }],
      },
    },
  ],
  outputs: {},
});

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const medianOf = async (work: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(work));
  return median(times);
};

const rawSyncs = (folder: string, count: number): Promise<number> =>
  medianOf(async () => {
    const file = openSync(join(folder, "raw"), "a");
    for (let index = 0; index < count; index += 1) {
      writeSync(file, Buffer.alloc(2048));
      fdatasyncSync(file);
    }
    closeSync(file);
  });

/** Milliseconds from each finished step to the next, from the rows. */
const stepTimes = (swarm: Swarm, run: string): readonly number[] => {
  const doneUs: number[] = [];
  for (const { row } of swarm.rows(run))
    if (row.type === "turn" && row.input.type === "task.completed") doneUs.push(row.atUs);
  return doneUs.slice(1).map((us, index) => (us - (doneUs[index] ?? us)) / 1000);
};

const report = (name: string, ms: number, note: string): void =>
  console.log(`${name.padEnd(44)} ${ms.toFixed(1).padStart(9)} ms  ${note}`);

const folder = mkdtempSync(join(tmpdir(), "swarm-bench-"));
const fresh = (): Swarm => openSwarm({ home: mkdtempSync(join(folder, "home-")) });
try {
  const swarm = fresh();
  await swarm.run(askTask(10));
  const raw = await rawSyncs(folder, 100);
  report("100 raw appends of 2 kB, each with fdatasync", raw, "baseline");
  const asks = await medianOf(() => swarm.run(askTask(100)));
  report(
    "run of 100 asks",
    asks,
    `${((100 * 1000) / asks).toFixed(0)} steps/s, ${(asks / raw).toFixed(2)} of the baseline`,
  );
  const decisions = await medianOf(() => swarm.run(sequentialTask(100)));
  report(
    "run of 100 decisions by 3 voters",
    decisions,
    `${(decisions / 100).toFixed(2)} ms a step, ${(decisions / raw).toFixed(2)} of the baseline`,
  );
  const fan = await medianOf(() => swarm.run(fanOutTask(64)));
  report("fan-out of 64", fan, "");

  const { run: long } = await swarm.run(askTask(1000));
  const stepMs = stepTimes(swarm, long);
  const [early, late] = [median(stepMs.slice(10, 110)), median(stepMs.slice(-100))];
  report("a step among the first 100 of 1,000", early, "");
  report("a step among the last 100 of 1,000", late, `${(late / early).toFixed(2)} of an early one`);
  const thousand = await medianOf(() => swarm.run(askTask(1000)));

  const small = await medianOf(() => Promise.all(Array.from({ length: 1000 }, () => swarm.run(askTask(5)))));
  report(
    "1,000 runs of 5 steps at once",
    small,
    `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
  );

  const { run } = await swarm.run(askTask(1000));
  const rows = [...swarm.rows(run)].length;
  const replay = await medianOf(async () => swarm.replay(run));
  report(
    "replay of the run of 1,000",
    replay,
    `${((rows * 1000) / replay).toFixed(0)} rows/s, ${(replay / thousand).toFixed(2)} of live`,
  );
  await swarm.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
