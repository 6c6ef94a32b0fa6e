import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of the project: its path from the root, with `/`, and its text. */
export type Source = { readonly path: string; readonly text: string };

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

const folders = ["actors", "coordination", "inference", "observability", "cli", "test"];

const isSource = (path: string): boolean => path.endsWith(".ts") && !path.includes("/fixtures/");

/** Every TypeScript file of the product and of its tests. */
export const readSources = (): readonly Source[] => {
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/")),
  );
  const atTop = readdirSync(root).filter((name) => name === "index.ts");
  return [...atTop, ...inFolders]
    .filter(isSource)
    .sort((a, b) => a.localeCompare(b))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
};

export const isTest = (path: string): boolean => path.startsWith("test/");

/**
 * The code of a file without its comments and the insides of its strings, line by line as before. Rough (it does not
 * know regular expressions from divisions), and good enough to look for names; `${}` in templates is kept.
 */
export const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (match) =>
    match.startsWith("/") ? match.replace(/[^\n]/g, " ") : '""',
  );
