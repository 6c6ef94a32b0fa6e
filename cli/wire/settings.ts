import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Environment } from "./secrets.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";

/** What the environment says. Read here and nowhere else. */
export type Settings = {
  /** The folder that runs are recorded in. */
  readonly home: string;
  readonly cwd: string;
  readonly colour: boolean;
  /** Where secrets come from. */
  readonly environment: Environment;
  readonly models: ModelSettings;
};

/** Where models that a task names by reference come from, and where they are kept. */
export type ModelSettings = { readonly folder: string; readonly endpoint?: string };

/** `SWARM_MODELS`, or a folder in the user's cache; the server as llama.cpp's own programs find it. */
export const modelSettings = (environment: NodeJS.ProcessEnv = process.env): ModelSettings => {
  const cache = environment["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const endpoint = environment["MODEL_ENDPOINT"] || environment["HF_ENDPOINT"];
  return {
    folder: resolve(environment["SWARM_MODELS"] || join(cache, "swarm", "models")),
    ...(endpoint ? { endpoint } : {}),
  };
};

export const settingsFrom = (environment: NodeJS.ProcessEnv, cwd: string): Settings => ({
  home: resolve(cwd, environment["SWARM_HOME"] || ".swarm"),
  cwd,
  colour: !environment["NO_COLOR"] && environment["TERM"] !== "dumb",
  environment: (name) => environment[name],
  models: modelSettings(environment),
});

/** Makes the home folder, which tells git to ignore it. Throws `HOME_UNUSABLE`. */
export const prepareHome = (home: string): string => {
  try {
    makeFolder(home);
    if (!existsSync(join(home, ".gitignore"))) writeFileSync(join(home, ".gitignore"), "*\n");
  } catch (cause) {
    const message = `cannot write to ${home}; set SWARM_HOME to a folder that you may write to`;
    throw new SwarmError("HOME_UNUSABLE", message, { cause });
  }
  return home;
};

// Node's own recursive form never returns where the system says that a parent is missing and it is not, as under /proc.
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
};
