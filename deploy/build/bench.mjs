#!/usr/bin/env node
// `npm run bench -- NAME [ARGUMENTS]`: bundles test/bench/NAME.ts, packages left outside, and runs it from the
// project's root, without the certificates variable that slows every start of Node.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = join(root, "test", "bench");
const [name, ...rest] = process.argv.slice(2);
const entry = join(folder, `${name}.ts`);
if (name === undefined || !existsSync(entry)) {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
  console.error(`usage: npm run bench -- NAME [ARGUMENTS], where NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;
const run = (...words) =>
  spawnSync(process.execPath, words, { cwd: root, stdio: "inherit", env }).status ?? 1;

const built = run(join("deploy", "build", "build.mjs"), "--if-stale");
if (built !== 0) process.exit(built);
const outfile = join(root, "node_modules", ".cache", "swarm-bench", `${name}.mjs`);
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
});
process.exit(run("--enable-source-maps", "--expose-gc", outfile, ...rest));
