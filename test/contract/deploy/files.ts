import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files of a folder and below it, by their path from there. */
export type Files = ReadonlyMap<string, string>;

export const readFiles = (folder: string): Files =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
      }),
  );

/** With one file changed by replacing the first occurrence; throws where there is none, so that no planted mistake is none. */
export const planted = (files: Files, path: string, from: string, to: string): Files => {
  const text = files.get(path);
  if (text === undefined || !text.includes(from)) throw new Error(`${path} has no ${from}`);
  return new Map([...files, [path, text.replace(from, to)]]);
};
