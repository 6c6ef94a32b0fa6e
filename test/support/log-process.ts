import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

export type Ended = {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

/** A process that works on a log and prints a line for each thing that it knows. */
export type LogProcess = {
  /** Called for each line as it comes. */
  onLine(hear: (line: string) => void): void;
  /** As a power button for the process. */
  kill(): void;
  readonly ended: Promise<Ended>;
};

export const startLogProcess = (
  bundle: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): LogProcess => {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(process.execPath, [bundle, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: "", ...env },
  });
  const lines: string[] = [];
  const hearers: ((line: string) => void)[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      for (const hear of hearers) hear(line);
    }
  });
  return {
    onLine: (hear) => void hearers.push(hear),
    kill: () => void child.kill("SIGKILL"),
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ lines, code, signal }))),
  };
};
