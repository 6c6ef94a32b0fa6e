#!/usr/bin/env node
// `npm run simulate -- ARGUMENTS`: bundles test/simulation/simulate.program.ts, packages left outside, and runs it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const outfile = join(root, "node_modules", ".cache", "swarm-simulate", "simulate.mjs");
await build({
  entryPoints: [join(root, "test", "simulation", "simulate.program.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
const words = ["--enable-source-maps", "--max-semi-space-size=64", outfile, ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, words, { cwd: root, stdio: "inherit" }).status ?? 1);
