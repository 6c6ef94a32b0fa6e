#!/usr/bin/env node
// `npm run --silent raft:driver -- ARGUMENTS`: bundles test/driver/driver.program.ts, packages left outside, and runs it
// in this process, so that the pipes are its own. Standard output belongs to the driver's replies.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = join(root, "node_modules", ".cache", "swarm-raft-driver");
const { outputFiles } = await build({
  entryPoints: [join(root, "test", "driver", "driver.program.ts")],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
// A checker may start several drivers at once, so none may see the half-written bundle of another.
mkdirSync(folder, { recursive: true });
const outfile = join(folder, "driver.mjs");
const written = join(folder, `driver-${process.pid}.mjs`);
writeFileSync(written, outputFiles[0].contents);
renameSync(written, outfile);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
