import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SwarmError } from "../../coordination/protocol/errors.ts";

/** What the environment says. Read here and nowhere else. */
export type Settings = {
  /** The folder that runs are recorded in. */
  readonly home: string;
  readonly cwd: string;
  readonly colour: boolean;
};

export const settingsFrom = (environment: NodeJS.ProcessEnv, cwd: string): Settings => ({
  home: resolve(cwd, environment["SWARM_HOME"] || ".swarm"),
  cwd,
  colour: !environment["NO_COLOR"] && environment["TERM"] !== "dumb",
});

/** Makes the home folder, which tells git to ignore it. Throws `HOME_UNUSABLE`. */
export const prepareHome = (home: string): string => {
  try {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, ".gitignore"), "*\n", { flag: "wx" });
  } catch (cause) {
    if (
      !(
        cause instanceof Error &&
        "code" in cause &&
        cause.code === "EEXIST" &&
        cause.message.includes(".gitignore")
      )
    ) {
      throw new SwarmError(
        "HOME_UNUSABLE",
        `cannot write to ${home}; set SWARM_HOME to a folder that you may write to`,
        { cause },
      );
    }
  }
  return home;
};
