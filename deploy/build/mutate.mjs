#!/usr/bin/env node
// `npm run mutate:raft -- ARGUMENTS`: bundles test/mutation/raft/mutate.program.ts, packages left outside, and runs it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const outfile = join(root, "node_modules", ".cache", "swarm-mutate", "mutate.mjs");
await build({
  entryPoints: [join(root, "test", "mutation", "raft", "mutate.program.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
const words = ["--enable-source-maps", outfile, ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" }).status ?? 1);
