import {
  fdatasyncSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { sizeWords } from "../plan/model-sizes.ts";
import { prepareHome } from "../wire/settings.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";

const MiB = 1024 ** 2;
/** Below the first a run is likely to stop, below the second it may. */
const leastFreeBytes = 64 * MiB;
const comfortableFreeBytes = 1024 * MiB;

/** Whether runs can be recorded in the home folder, which is made if need be. */
export const homeFinding = (home: string): Finding => {
  const draft = mkdtempSync(join(prepareHome(home), "doctor-"));
  rmSync(draft, { recursive: true });
  return ok("home", `${home} can be written to`);
};

export const diskFinding = (home: string): Finding => {
  const { bavail, bsize } = statfsSync(home);
  return freeFinding(bavail * bsize);
};

export const freeFinding = (freeBytes: number): Finding => {
  const detail = `${sizeWords(freeBytes)} free`;
  const todo = "free some space, or set SWARM_HOME to a folder on another disk";
  if (freeBytes < leastFreeBytes) return fail("disk", detail, todo);
  return freeBytes < comfortableFreeBytes ? warn("disk", detail, todo) : ok("disk", detail);
};

const measuredCommits = 9;
const committedBytes = 4096;
const slowCommitMs = 10;

/** How long a small commit takes to reach the disk: every step that leaves the record waits for one or two of these. */
export const syncFinding = (home: string): Finding => {
  const folder = mkdtempSync(join(home, "doctor-"));
  const file = openSync(join(folder, "commit"), "w");
  try {
    const bytes = Buffer.alloc(committedBytes);
    const timesMs = Array.from({ length: measuredCommits }, () => {
      const startMs = performance.now();
      writeSync(file, bytes);
      fdatasyncSync(file);
      return performance.now() - startMs;
    }).toSorted((one, other) => one - other);
    return commitFinding(timesMs[Math.floor(measuredCommits / 2)] ?? 0);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
};

export const commitFinding = (medianMs: number): Finding => {
  const detail = `a small durable commit takes ${medianMs.toFixed(medianMs < 10 ? 2 : 0)} ms`;
  return medianMs > slowCommitMs
    ? warn(
        "commit",
        detail,
        "set SWARM_HOME to a folder on a faster local disk; runs are correct here, and slow",
      )
    : ok("commit", detail);
};

/** Whether git leaves the home folder alone. */
export const gitFinding = (home: string): Finding => {
  const path = join(home, ".gitignore");
  const isIgnored = readFileSync(path, "utf8").split(/\r?\n/).includes("*");
  return isIgnored
    ? ok("git", "the home folder ignores itself")
    : warn(
        "git",
        `${path} does not ignore everything`,
        `put a line with * into ${path}, or runs end up in commits`,
      );
};
