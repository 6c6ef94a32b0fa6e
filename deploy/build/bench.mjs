#!/usr/bin/env node
// `npm run bench -- NAME [ARGUMENTS]`: bundles test/bench/NAME.ts, packages left outside, and runs it from the
// project's root, without the certificates variable that slows every start of Node.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, runProgram } from "./program.mjs";

const folder = join(root, "test", "bench");
const [name, ...rest] = process.argv.slice(2);
// Folders hold parts of benchmarks, which say nothing by themselves.
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [ARGUMENTS], where NAME is one of: ${names.join(", ")}`);
  process.exit(2);
}
const env = { ...process.env };
delete env.NODE_EXTRA_CA_CERTS;
const words = [join("deploy", "build", "build.mjs"), "--if-stale"];
const built = spawnSync(process.execPath, words, { cwd: root, stdio: "inherit", env }).status ?? 1;
if (built !== 0) process.exit(built);
process.exit(await runProgram(`test/bench/${name}.ts`, { flags: ["--expose-gc"], words: rest, env }));
