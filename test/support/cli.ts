import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../dist/bin/swarm.cjs", import.meta.url));

export type CliResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type CliOptions = {
  readonly cwd: string;
  readonly home?: string;
  readonly stdin?: string | Readable;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line of stdout as it comes. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
  /** The file that stdout goes to; absent: what is printed there is in the result. */
  readonly stdoutFile?: string;
  /** Called as soon as the process is there. */
  readonly onStart?: (child: ChildProcess) => void;
};

/** Runs the built command line and waits for its end. */
export const swarm = (
  words: readonly string[],
  { cwd, home, stdin, env, onLine, stdoutFile, onStart }: CliOptions,
): Promise<CliResult> =>
  new Promise((resolve, reject) => {
    const stdoutTo = stdoutFile === undefined ? "pipe" : openSync(stdoutFile, "a");
    const child = spawn(process.execPath, [bin, ...words], {
      cwd,
      stdio: ["pipe", stdoutTo, "pipe"],
      env: { ...process.env, NO_COLOR: "1", SWARM_HOME: home ?? join(cwd, ".swarm"), ...env },
    });
    if (typeof stdoutTo === "number") closeSync(stdoutTo);
    onStart?.(child);
    let stdout = "";
    let stderr = "";
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (onLine === undefined) return;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line, child);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin?.on("error", () => undefined);
    if (stdin instanceof Readable && child.stdin !== null) stdin.pipe(child.stdin);
    else child.stdin?.end(stdin ?? "");
  });

/** The NDJSON events of a run. */
export const eventsIn = (stdout: string): readonly Record<string, unknown>[] =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Record<string, unknown> => JSON.parse(line));

/** A folder that is gone after the test. */
export const scratchFolder = (onEnd: (clean: () => void) => void): string => {
  const folder = mkdtempSync(join(tmpdir(), "swarm-test-"));
  onEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
