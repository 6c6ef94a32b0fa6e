import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, if need be. Node can do that by itself, but never comes back from where the system says
 * that there is no such folder, as it does under `/proc`.
 */
export const makeFolder = (path: string): void => {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (cause) {
    // Somebody else may have been quicker.
    if (!existsSync(path)) throw cause;
  }
};
