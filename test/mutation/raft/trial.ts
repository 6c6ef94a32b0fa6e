import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundleTrial, type Mutant } from "./mutant.ts";

export type Judge = "storms" | "transcripts";

type Trial = {
  readonly root: string;
  readonly mutant: Mutant;
  readonly seeds: number;
  readonly judges: readonly Judge[];
};

/** A core that takes so long is stuck in a loop: that is a find too. */
const patienceMs = 300_000;

/** Runs a mutant in a process of its own; tells what killed it, or `null` if it lived. */
export const tryMutant = async ({ root, mutant, seeds, judges }: Trial): Promise<string | null> => {
  // Below the project, so that the trial finds the project's packages.
  const cache = join(root, "node_modules", ".cache", "swarm-mutate");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "trial-"));
  try {
    const outfile = join(folder, "trial.mjs");
    await bundleTrial(root, mutant, outfile);
    return await run([outfile, root, `${seeds}`, ...judges]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const run = (words: readonly string[]): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--max-old-space-size=1024", ...words], {
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
