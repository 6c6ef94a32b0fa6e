import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

/**
 * Whether tests can have a program of the machine. Where it is missing they are skipped, with a loud line; on CI it throws, or
 * a broken image would look like a pass.
 */
export const hasProgram = (program: string): boolean => {
  if (spawnSync(program, ["--version"]).status === 0) return true;
  if (process.env["CI"] === "true") throw new Error(`${program} is not on PATH; CI must install it`);
  process.stderr.write(`SKIPPED: ${program} is not on PATH, so nothing here is tested with it.\n`);
  return false;
};

export type RunningProgram = {
  readonly process: ChildProcess;
  /** What it has printed so far, both streams. */
  readonly output: () => string;
  stop(): Promise<void>;
};

/** Starts a program that is killed with this process at the latest. */
export const startProgram = (
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): RunningProgram => {
  const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  child.once("error", (error) => (output += String(error)));
  return {
    process: child,
    output: () => output,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
};

/** Asks again until there is an answer, as long as the program lives. */
export const eventually = async <Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  { output = () => "", within = 20_000 }: { readonly output?: () => string; readonly within?: number } = {},
): Promise<Found> => {
  const endMs = performance.now() + within;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`${what} did not come about:\n${output()}`);
    await setTimeout(20);
  }
};
