import { CommanderError } from "commander";
import { exitCodes, SwarmError, type ExitCode } from "../coordination/protocol/errors.ts";
import { helpWords } from "./help-words.ts";
import { printable, terminalOutput } from "./output.ts";
import { program, usageExit } from "./program.ts";
import { TaskProblems, formatProblems } from "./task/problems.ts";
import { settingsFrom } from "./wire/settings.ts";
import { packageVersion } from "./wire/package.ts";
import { taskCacheIn, type Installed } from "./wire/task-cache.ts";

/**
 * Runs the command line and returns its exit code once all output has been taken. Nothing that a user can cause ends in a stack trace. `installed` is absent
 * where no launcher started this.
 */
export const main = async (argv: readonly string[], installed?: Installed): Promise<ExitCode> => {
  const settings = settingsFrom(process.env, process.cwd());
  const output = terminalOutput(process, settings.colour);
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    // The second time means it: the record is safe at any moment.
    if (stop.signal.aborted) process.exit(name === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
    stop.abort(name);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  let exit: ExitCode = exitCodes.done;
  try {
    const context = {
      settings,
      output,
      version: packageVersion(),
      signal: stop.signal,
      stdin: readStdin,
      ...(installed === undefined ? {} : { taskCache: taskCacheIn(installed) }),
    };
    const root = program(context, (code) => (exit = code), argv[0]);
    await root.parseAsync(helpWords(root, argv), { from: "user" });
  } catch (error) {
    exit = report(error, output.note);
    // Who reads JSON gets a document in any case; of a run that has begun, its last event says how it ended.
    if (exit !== exitCodes.done && wantsJson(argv) && !output.hasResult) {
      const { errorJson } = await import("./view/error-json.ts");
      output.result(`${JSON.stringify(errorJson(error, exit))}\n`);
    }
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
  return (await output.flush()) === "lost" ? exitCodes.failed : exit;
};

/** Of a command line that makes no sense nothing else is known. */
const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes("--json");
};

const report = (error: unknown, note: (line: string) => void): ExitCode => {
  if (error instanceof CommanderError) return usageExit(error);
  if (error instanceof TaskProblems) {
    note(formatProblems(error.problems));
    return exitCodes.usage;
  }
  if (error instanceof SwarmError) {
    note(`swarm: ${printable(error.message)}`);
    return error.exit;
  }
  note(
    `swarm: a bug in swarm itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return exitCodes.failed;
};

const readStdin = async (bytesAtMost: number): Promise<Uint8Array> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const each of process.stdin) {
    const chunk = Buffer.from(each);
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesAtMost) break;
  }
  return Buffer.concat(chunks);
};
