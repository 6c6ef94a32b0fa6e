import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

/** A fault that somebody might write into the core: text that is there exactly once, and what stands there instead. */
export type Mutant = { readonly name: string; readonly edits: readonly Edit[] };

/** `file` is seen from the core's folder. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };

const core = join("coordination", "raft");

/** The file with the fault in it. A pattern that the source has outgrown must be brought up to date, or it tests nothing. */
export const mutated = (source: string, { file, find, replace }: Edit): string => {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} holds ${places} times, not once: ${find}`);
  return source.replace(find, () => replace);
};

/** Tells each edit whose pattern is not in the sources exactly once. */
export const outgrown = (root: string, { name, edits }: Mutant): readonly string[] => {
  const sources = new Map<string, string>();
  return edits.flatMap((edit) => {
    try {
      const source = sources.get(edit.file) ?? readFileSync(join(root, core, edit.file), "utf8");
      sources.set(edit.file, mutated(source, edit));
      return [];
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
};

/** Bundles the trial with the fault in it. The sources on disk stay as they are. */
export const bundleTrial = async (root: string, mutant: Mutant, outfile: string): Promise<void> => {
  await build({
    entryPoints: [join(root, "test", "mutation", "raft", "trial.program.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
    plugins: [planting(root, mutant)],
  });
};

const planting = (root: string, mutant: Mutant): Plugin => ({
  name: "planting",
  setup: (bundler) => {
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const contents = planted(root, mutant, path, () => readFileSync(path, "utf8"));
      return contents === undefined ? undefined : { contents, loader: "ts" };
    });
  },
});

/** A source with its part of the fault in it, or `undefined` where the fault is elsewhere. */
export const planted = (
  root: string,
  { edits }: Mutant,
  path: string,
  read: () => string,
): string | undefined => {
  const own = edits.filter(({ file }) => join(root, core, file) === path);
  return own.length === 0 ? undefined : own.reduce(mutated, read());
};
