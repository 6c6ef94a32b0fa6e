import { hash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import { sequenceReader } from "../../observability/report/sequence.ts";
import { spansOf } from "../../observability/spans/reader.ts";
import type { CommandContext } from "../context.ts";
import { conversationMap } from "../report/conversation-map.ts";
import { sequenceMermaid } from "../report/mermaid.ts";
import { reportPage } from "../report/report.ts";
import { writeChrome } from "../trace/chrome-file.ts";
import { readingOf, tellsContent } from "../trace/reading.ts";
import { findRun, withRecords } from "../wire/home.ts";
import { runLine } from "./runs.ts";

export type ReportFlags = {
  /** A file, or `true` where the flag stands alone. */
  readonly html?: string | true;
  readonly mermaid?: boolean;
  /** A file for the trace, as `swarm trace --chrome` writes it. */
  readonly chrome?: string;
  readonly output?: string;
  readonly withPrompts?: boolean;
  readonly json?: boolean;
};

/** `swarm report RUN`: what a run did and why, as one HTML file that needs nothing else, or its messages as a Mermaid diagram. */
export const reportCommand = (
  words: string,
  flags: ReportFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { settings, output } = context;
  const named = fileOf(flags);
  return withRecords(settings.home, async ({ log, ledger }) => {
    const run = findRun(log, words);
    const summary = log.summary(run);
    const header = summary?.first.row;
    if (summary === undefined || header?.type !== "header")
      throw new SwarmError("LOG_CORRUPT", `run ${run} does not begin with a header`);
    if (flags.mermaid === true) {
      const sequence = sequenceReader();
      for (const { row } of log.read(run)) sequence.read(row);
      const text = sequenceMermaid(conversationMap(sequence.take()));
      if (named === undefined || named === "-") output.result(text);
      else write(resolve(settings.cwd, named), text);
      return exitCodes.done;
    }
    const reading = readingOf(header, settings, tellsContent(flags.withPrompts, settings));
    if (flags.chrome !== undefined)
      return writeChrome([...spansOf(log.read(run), reading)], flags.chrome, context);
    const page = reportPage({
      log,
      ledger,
      header,
      status: runLine(log, summary),
      reading,
      digest: (text) => hash("sha256", text, "base64"),
    });
    if (named === "-") {
      output.result(page);
      return exitCodes.done;
    }
    const file = resolve(settings.cwd, named ?? `swarm-${run}.html`);
    write(file, page);
    const bytes = Buffer.byteLength(page);
    if (flags.json === true) output.result(`${JSON.stringify({ run, file, bytes })}\n`);
    else output.note(`the report of run ${run} is in ${file}`);
    return exitCodes.done;
  });
};

/** Where the result goes: `-` is stdout, `undefined` what is usual. */
const fileOf = ({ html, output, mermaid, chrome, json }: ReportFlags): string | undefined => {
  const named = output ?? (html === true ? undefined : html);
  if (chrome !== undefined && (named !== undefined || html === true || mermaid === true || json === true))
    throw new SwarmError("BAD_USAGE", "--chrome writes a file of its own; ask for it by itself");
  if (html !== undefined && mermaid === true)
    throw new SwarmError("BAD_USAGE", "a report is either --html or --mermaid; ask for one after the other");
  if (typeof html === "string" && output !== undefined)
    throw new SwarmError("BAD_USAGE", "--html and --output both name a file; name one");
  if (json === true && (mermaid === true || named === "-"))
    throw new SwarmError("BAD_USAGE", "--json tells where the report is; give it a file, and no --mermaid");
  return named;
};

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new SwarmError("BAD_USAGE", `cannot write the report to ${file}; choose another file`, { cause });
  }
};
