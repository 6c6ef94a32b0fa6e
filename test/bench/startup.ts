// Start-up beside an empty Node, taken in turns in one run: `npm run bench -- startup [ROUNDS]`.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

type Start = {
  readonly name: string;
  readonly words: readonly string[];
  readonly until: "exit" | "line";
  readonly limitMs: number;
  readonly before?: () => void;
};

const launcher = join("dist", "bin", "swarm.cjs");
const task = join("docs", "examples", "triage", "task.yaml");
const log = join("docs", "examples", "triage", "system.log");
const rounds = Number(process.argv[2] ?? 21);
const home = mkdtempSync(join(tmpdir(), "swarm-startup-"));
const unseen = join(home, "task.yaml");

const starts: readonly Start[] = [
  { name: "node -e 0", words: ["-e", "0"], until: "exit", limitMs: 0 },
  { name: "swarm --version", words: [launcher, "--version"], until: "exit", limitMs: 10 },
  ...(existsSync(task)
    ? [
        {
          name: "swarm run, first line",
          words: [launcher, "run", task],
          until: "line",
          limitMs: 60,
        } as const,
        {
          name: "the same, task not seen before",
          words: [launcher, "run", unseen, "--input", `log=${log}`],
          until: "line",
          limitMs: 60,
          before: () => writeFileSync(unseen, `${readFileSync(task, "utf8")}\n# ${randomUUID()}\n`),
        } as const,
      ]
    : []),
];

/** Milliseconds from the start to the first printed line, or to the end. */
const time = async ({ words, until, before }: Start): Promise<number> => {
  before?.();
  const startedAt = performance.now();
  const env = { ...process.env, SWARM_HOME: home, NODE_EXTRA_CA_CERTS: undefined };
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const spoke = new Promise<void>((resolve) => {
    child.stdout.once("data", () => resolve());
    child.stderr.once("data", () => resolve());
  });
  await (until === "exit" ? ended : Promise.race([spoke, ended]));
  const tookMs = performance.now() - startedAt;
  child.kill("SIGKILL");
  await ended;
  return tookMs;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Lets one run end by itself, so that the code cache is there: it is written at the end. */
const warm = async (start: Omit<Start, "until">): Promise<void> => {
  await time({ ...start, until: "exit" });
};

const measured = new Map(starts.map(({ name }) => [name, [] as number[]]));
await warm({ name: "help", words: [launcher, "--help"], limitMs: 0 });
for (const start of starts) await warm(start);
for (let round = 0; round < rounds; round += 1) {
  for (const start of starts) measured.get(start.name)?.push(await time(start));
}
rmSync(home, { recursive: true, force: true });

// On a machine that has other work too, the least says more than the median.
const emptyMs = measured.get("node -e 0") ?? [];
for (const { name, limitMs } of starts) {
  const tookMs = measured.get(name) ?? [];
  const [middle, least] = [median(tookMs), Math.min(...tookMs)];
  const more =
    limitMs === 0
      ? ""
      : `  +${(middle - median(emptyMs)).toFixed(1)} ms, at most ${limitMs}; least +${(least - Math.min(...emptyMs)).toFixed(1)}`;
  console.log(`${name.padEnd(32)} ${middle.toFixed(1).padStart(7)} ms${more}`);
}
