#!/usr/bin/env node
// `npm run build`: the compiled ESM with its types in dist/ (the library, and the child processes), and the command
// line as two scripts behind its launcher, dist/bin/swarm.cjs.
// Types are not checked here: `npm run types` does, and a build should not wait for it.
//
//   --if-stale   only when a source is newer than dist/
//   --prepare    as npm's hook: says so and does nothing where the development packages are absent
import { execFileSync } from "node:child_process";
import { readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const dist = join(root, "dist");
const stamp = join(dist, ".built");
const sources = ["index.ts", "actors", "coordination", "inference", "observability", "cli", "deploy/build"];
const settings = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];
const options = new Set(process.argv.slice(2));
const { resolve } = createRequire(import.meta.url);

const newestMs = (path) => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return /\.(ts|mts|cts|cjs|mjs|json)$/.test(path) ? found.mtimeMs : 0;
  // A folder's own time tells of files that were removed or renamed.
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
};

const isStale = () => {
  const builtMs = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return [...sources, ...settings].some((path) => newestMs(join(root, path)) > builtMs);
};

const isInstalled = (name) => {
  try {
    return resolve(name) !== "";
  } catch {
    return false;
  }
};

/** Puts the finished folder in place, so that a program which runs meanwhile never sees half of it. */
const swap = (out) => {
  const old = `${out}-old`;
  for (let tries = 0; ; tries += 1) {
    try {
      if (statSync(dist, { throwIfNoEntry: false })) renameSync(dist, old);
      renameSync(out, dist);
      break;
    } catch (error) {
      // Another build got there between the two renames.
      if (tries === 5) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
  rmSync(old, { recursive: true, force: true });
};

const build = async () => {
  const startedAt = new Date();
  const out = join(root, `.dist-${process.pid}`);
  rmSync(out, { recursive: true, force: true });
  try {
    execFileSync(
      process.execPath,
      [
        join(dirname(resolve("tsc/package.json")), "bin", "tsc"),
        "-p",
        "tsconfig.build.json",
        "--outDir",
        out,
      ],
      {
        cwd: root,
        stdio: "inherit",
      },
    );
    const { bundle } = await import("./bundle.mjs");
    await bundle(root, out);
    // Stamped with the start: a source that changed meanwhile is newer, and the next look builds again.
    writeFileSync(join(out, ".built"), `${startedAt.toISOString()}\n`);
    utimesSync(join(out, ".built"), startedAt, startedAt);
    swap(out);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
};

if (options.has("--prepare") && !(isInstalled("esbuild") && isInstalled("tsc/package.json"))) {
  console.log(
    "swarm: not built, since the development packages are absent; `npm ci && npm run build` builds it",
  );
} else if (!options.has("--if-stale") || isStale()) {
  await build();
}
