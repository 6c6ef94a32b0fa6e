// Bundles one TypeScript program, packages left outside, and runs it from the project's root.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** How every program that is run by hand is bundled. */
export const bundling = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  sourcemap: "inline",
  logLevel: "warning",
};

/** Bundles `entry`, a path from the root, and runs it; returns its exit status. `flags` are for node, `words` for the program. */
export const runProgram = async (entry, { flags = [], words = [], env = process.env }) => {
  const outfile = join(root, "node_modules", ".cache", "swarm-programs", `${entry.replace(/\W+/g, "-")}.mjs`);
  await build({ ...bundling, entryPoints: [join(root, entry)], outfile });
  const all = ["--enable-source-maps", ...flags, outfile, ...words];
  return spawnSync(process.execPath, all, { cwd: root, stdio: "inherit", env }).status ?? 1;
};
