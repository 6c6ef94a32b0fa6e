import { closeSync, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createSession } from "./session.ts";

/**
 * A Raft cluster behind standard input and output, for whoever wants to check the core from outside: one JSON operation
 * a line in, one JSON reply a line out. `docs/raft-driver.md` has the operations, the replies and the trace.
 */
const { values } = parseArgs({ options: { trace: { type: "string" } } });
const file = values.trace === undefined ? undefined : openSync(values.trace, "w");
const session = createSession(file === undefined ? {} : { onTrace: (line) => writeSync(file, `${line}\n`) });

const replyTo = (line: string) => {
  try {
    return session.perform(JSON.parse(line));
  } catch (error) {
    return {
      ok: false,
      error: `not a line of JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
};

// Whoever drives may leave in the middle; then there is nobody to answer any more.
process.stdout.on("error", () => process.exit(0));
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity }))
  if (line.trim() !== "") process.stdout.write(`${JSON.stringify(replyTo(line))}\n`);
if (file !== undefined) closeSync(file);
