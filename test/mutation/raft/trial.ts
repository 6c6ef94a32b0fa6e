import { spawn, type SpawnOptions } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundleTrial, type Mutant } from "./mutant.ts";

/** In the order in which they are asked. `tables` are the unit tests of the core and of its host. */
export const judges = ["transcripts", "tables", "storms", "explorer"] as const;

export type Judge = (typeof judges)[number];

type Trial = {
  readonly root: string;
  readonly mutant: Mutant;
  readonly seeds: number;
  readonly judges: readonly Judge[];
};

/** A core that takes so long is stuck in a loop: that is a find too. */
const patienceMs = 300_000;

/** Runs a mutant in a process of its own; tells what killed it, or `null` if it lived. */
export const tryMutant = async (trial: Trial): Promise<string | null> => {
  for (const judge of trial.judges) {
    const found = await (judge === "tables" ? tryTables(trial) : tryAlone(trial, judge));
    if (found !== null) return found;
  }
  return null;
};

const tryAlone = async ({ root, mutant, seeds }: Trial, judge: Judge): Promise<string | null> => {
  // Below the project, so that the trial finds the project's packages.
  const cache = join(root, "node_modules", ".cache", "swarm-mutate");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "trial-"));
  try {
    const outfile = join(folder, "trial.mjs");
    await bundleTrial(root, mutant, outfile);
    return await run([outfile, root, `${seeds}`, judge]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const tryTables = async ({ root, mutant: { name } }: Trial): Promise<string | null> => {
  const config = join("test", "mutation", "raft", "vitest.config.ts");
  const words = [join("node_modules", "vitest", "vitest.mjs"), "run", "--config", config];
  const said = await run(words, { cwd: root, env: { ...process.env, SWARM_MUTANT: name } });
  return said === null ? null : `table ${said}`;
};

const run = (words: readonly string[], place: SpawnOptions = {}): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--max-old-space-size=1024", ...words], {
      ...place,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: patienceMs,
    });
    let said = "";
    let complained = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr.on("data", (data: Buffer) => (complained += data.toString()));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal !== null) resolve(`it hangs, or takes all memory (${signal})`);
      else if (said !== "") resolve(said.trim());
      else if (code === 0) resolve(null);
      else resolve(`it breaks: ${complained.split("\n").find((line) => line.includes("Error")) ?? code}`);
    });
  });
