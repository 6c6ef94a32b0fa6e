import { closeSync, openSync, writeSync } from "node:fs";
import { Misuse, quoted, readOptions, runByHand } from "../support/arguments.ts";
import { linesOf } from "./lines.ts";
import { createSession } from "./session.ts";

/**
 * A Raft cluster behind standard input and output, for whoever wants to check the core from outside: one JSON operation
 * a line in, one JSON reply a line out. `docs/raft-driver.md` has the operations, the replies and the trace.
 */
const usage = [
  "usage: npm run --silent raft:driver -- [--trace FILE]",
  "       It answers each line of its input, as in docs/raft-driver.md, and writes the steps of the nodes to FILE.",
].join("\n");

const say = (stream: NodeJS.WriteStream) => (line: string) => void stream.write(`${line}\n`);

/** The file for the trace, open, where one is asked for. */
const traceFile = (words: readonly string[]): number | undefined => {
  const path = readOptions(words, { trace: "FILE" }).get("trace");
  if (path === undefined) return undefined;
  try {
    return openSync(path, "w");
  } catch (error) {
    throw new Misuse(
      `--trace ${quoted(path)} cannot be written (${said(error)}); name a file in a folder that is there`,
    );
  }
};

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const refusal = (error: string): string => JSON.stringify({ ok: false, error });

type Session = ReturnType<typeof createSession>;

const replyTo = (session: Session, line: Uint8Array): string => {
  let given: unknown;
  try {
    given = JSON.parse(utf8.decode(line));
  } catch (error) {
    return refusal(`not a line of JSON: ${said(error)}`);
  }
  try {
    return JSON.stringify(session.perform(given));
  } catch (error) {
    return refusal(`the operation may be done, but there is too much to show: ${said(error)}`);
  }
};
const utf8 = new TextDecoder("utf-8", { fatal: true });

const drive = async (file: number | undefined): Promise<number> => {
  const session = createSession(
    file === undefined ? {} : { onTrace: (line) => writeSync(file, `${line}\n`) },
  );
  // Whoever drives may leave in the middle; then there is nobody to answer any more.
  process.stdout.on("error", () => process.exit(0));
  for await (const line of linesOf(process.stdin)) process.stdout.write(`${replyTo(session, line)}\n`);
  if (file !== undefined) closeSync(file);
  return 0;
};

process.exitCode = await runByHand({
  words: process.argv.slice(2),
  usage,
  read: traceFile,
  act: drive,
  print: say(process.stdout),
  complain: say(process.stderr),
});
