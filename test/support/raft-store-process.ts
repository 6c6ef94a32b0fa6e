import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Bundles the program that drives a store; once per test file. Gives the bundle's path, for `startLogProcess`. */
export const bundleRaftStoreProcess = async (): Promise<string> => {
  const folder = join(root, "node_modules", ".cache", "swarm-test");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `raft-store-process-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, "test", "support", "raft-store.program.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  return outfile;
};
