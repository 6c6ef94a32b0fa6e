import { writeFileSync } from "node:fs";
import { Session, type Profiler } from "node:inspector";
import { resolve } from "node:path";
import { profileEnding } from "../arguments.ts";
import { assertWritable } from "../commands/result-file.ts";
import type { CommandContext } from "../context.ts";

/** How often the stack is looked at, in microseconds: fine enough for a run of a second, and cheap. */
const samplingUs = 1000;

export type Profile = { write(): void };

/**
 * Profiles this process (not the engines, which are processes of their own) until `write`, or until the process ends: a profile of a run that
 * was stopped at once, or that crashed, is the one that is wanted. `flag`: where to, or `true` for a name with the time in it.
 */
export const startProfile = (flag: string | true, { settings, output }: CommandContext): Profile => {
  const name =
    flag === true ? `swarm-${new Date().toISOString().replace(/[:.]/g, "-")}${profileEnding}` : flag;
  const path = resolve(settings.cwd, name);
  assertWritable(path, { what: "CPU profile", flag: "--profile" });
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: samplingUs });
  session.post("Profiler.start");
  let isWritten = false;
  const write = (): void => {
    if (isWritten) return;
    isWritten = true;
    process.off("exit", write);
    // A session of the process itself answers at once.
    session.post("Profiler.stop", (error: Error | null, stopped?: Profiler.StopReturnType) => {
      session.disconnect();
      output.note(
        error === null && stopped !== undefined ? saved(path, stopped.profile) : "there is no profile",
      );
    });
  };
  process.on("exit", write);
  return { write };
};

const saved = (path: string, profile: Profiler.Profile): string => {
  try {
    writeFileSync(path, JSON.stringify(profile));
    return `CPU profile written to ${path}; open it in Chrome's DevTools (Performance) or https://www.speedscope.app`;
  } catch (error) {
    // The run's own result stands, whatever becomes of its profile.
    return `cannot write the CPU profile: ${error instanceof Error ? error.message : String(error)}`;
  }
};
