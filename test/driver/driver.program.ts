import { closeSync, openSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { linesOf } from "./lines.ts";
import { createSession } from "./session.ts";

/**
 * A Raft cluster behind standard input and output, for whoever wants to check the core from outside: one JSON operation
 * a line in, one JSON reply a line out. `docs/raft-driver.md` has the operations, the replies and the trace.
 */
const { values } = parseArgs({ options: { trace: { type: "string" } } });
const file = values.trace === undefined ? undefined : openSync(values.trace, "w");
const session = createSession(file === undefined ? {} : { onTrace: (line) => writeSync(file, `${line}\n`) });

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const refusal = (error: string): string => JSON.stringify({ ok: false, error });

const replyTo = (line: Uint8Array): string => {
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

// Whoever drives may leave in the middle; then there is nobody to answer any more.
process.stdout.on("error", () => process.exit(0));
for await (const line of linesOf(process.stdin)) process.stdout.write(`${replyTo(line)}\n`);
if (file !== undefined) closeSync(file);
