import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Bundles the engine's child process from today's sources and returns its path. It lies in node_modules, so that its
 * packages are found. `name` keeps test files that run at the same time out of each other's way.
 */
export const buildEngineChild = async (name: string): Promise<string> => {
  const folder = join(root, "node_modules", ".cache", "swarm-tests");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [join(root, "inference/llama/child.ts")],
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
