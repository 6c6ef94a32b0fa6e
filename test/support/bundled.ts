import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The process in which models are run, as an entry. */
export const engineChild = "inference/llama/child.ts";

/**
 * Bundles today's sources of a program that a test starts as a process of its own, and returns the bundle's path. It lies in
 * node_modules, so that its packages are found. `entry` is a path from the root; no two test files may give the same `name`.
 */
export const bundled = async (entry: string, name: string): Promise<string> => {
  const outfile = join(root, "node_modules", ".cache", "swarm-tests", `${name}.mjs`);
  await build({
    entryPoints: [join(root, entry)],
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
