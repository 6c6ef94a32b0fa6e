import { existsSync, mkdirSync, writeFileSync } from "node:fs";
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
};

export const settingsFrom = (environment: NodeJS.ProcessEnv, cwd: string): Settings => ({
  home: resolve(cwd, environment["SWARM_HOME"] || ".swarm"),
  cwd,
  colour: !environment["NO_COLOR"] && environment["TERM"] !== "dumb",
  environment: (name) => environment[name],
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
