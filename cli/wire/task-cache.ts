import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { TaskCache } from "../task/load.ts";
import type { Task } from "../task/schema.ts";
import { sourceDigest } from "./digest.ts";

/** What the launcher knows of the program: `build` is the digest of its code. */
export type Installed = {
  readonly build: string;
  /** Where caches go, the first that can be written: folders that only those write to who may change the program or are its user. */
  readonly cacheFolders: readonly string[];
};

/** So many tasks are remembered; a larger text is rather checked again. */
const tasksKept = 32;
const textAtMostChars = 256 * 1024;

/**
 * Checked tasks in files, named by the digest of the program and of the task's text: all that a check depends on. They are not
 * in the home folder, which may come with a stranger's repository and would then say what runs.
 */
export const taskCacheIn = ({ build, cacheFolders }: Installed): TaskCache => {
  const prefix = `swarm-cli-task-${build}-`;
  const nameOf = (text: string): string => `${prefix}${sourceDigest(text)}.cache`;
  return {
    find: (text) => {
      const name = nameOf(text);
      for (const folder of cacheFolders) {
        const task = readTask(join(folder, name));
        if (task !== undefined) return task;
      }
      return undefined;
    },
    keep: (text, task) => {
      const json = JSON.stringify(task);
      // YAML can say what JSON cannot: then what is read again would be another task.
      if (text.length > textAtMostChars || !isDeepStrictEqual(JSON.parse(json), task)) return;
      const sealed = `${sourceDigest(json)}\n${json}`;
      for (const folder of cacheFolders) {
        if (!write(folder, nameOf(text), sealed)) continue;
        removeOldest(folder, prefix);
        return;
      }
    },
  };
};

/** For one process that runs the same task in code again and again. */
export const taskCacheInMemory = (): TaskCache => {
  const kept = new Map<string, Task>();
  return {
    find: (text) => kept.get(text),
    keep: (text, task) => {
      if (kept.size >= tasksKept) kept.clear();
      kept.set(text, task);
    },
  };
};

/** Whatever cannot be read whole is as if it were not there. */
const readTask = (path: string): Task | undefined => {
  try {
    const sealed = readFileSync(path, "utf8");
    const at = sealed.indexOf("\n");
    const json = sealed.slice(at + 1);
    // Written by this very build, from a task that had passed its check.
    return sourceDigest(json) === sealed.slice(0, at) ? (JSON.parse(json) as Task) : undefined;
  } catch {
    return undefined;
  }
};

/** Whether it could be written. A folder that takes nothing costs a slower start and nothing else; who reads half of it knows. */
const write = (folder: string, name: string, sealed: string): boolean => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, name), sealed);
    return true;
  } catch {
    return false;
  }
};

const removeOldest = (folder: string, prefix: string): void => {
  try {
    const files = readdirSync(folder)
      .filter((name) => name.startsWith(prefix))
      .map((name) => ({ path: join(folder, name), ms: statSync(join(folder, name)).mtimeMs }))
      .toSorted((a, b) => b.ms - a.ms);
    for (const { path } of files.slice(tasksKept)) rmSync(path, { force: true });
  } catch {
    // Another process was quicker.
  }
};
