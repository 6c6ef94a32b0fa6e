import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import { criticalPath, spanTree } from "../../observability/critical-path.ts";
import { otlpSettings } from "../../observability/otlp/settings.ts";
import { exportersIn, isDisabled, valueIn, type Environment } from "../../observability/otlp/variables.ts";
import type { Span } from "../../observability/span.ts";
import { spansOf } from "../../observability/spans/reader.ts";
import type { CommandContext } from "../context.ts";
import { writeChrome } from "../trace/chrome-file.ts";
import { failuresText } from "../trace/failures-text.ts";
import { failuresIn } from "../trace/failures.ts";
import { noteMisread } from "../trace/misread.ts";
import { readingOf, tellsContent } from "../trace/reading.ts";
import { verdictOn } from "../trace/verdict.ts";
import { waterfall } from "../trace/waterfall.ts";
import { findRun, withLog } from "../wire/home.ts";
import { runLine } from "./runs.ts";

export type TraceFlags = {
  readonly errors?: boolean;
  /** Where to, or `true` for where the environment says. */
  readonly otlp?: string | true;
  readonly chrome?: string;
  readonly traceContent?: boolean;
  /** The messages of the run, as `swarm report --mermaid` draws them. */
  readonly mermaid?: boolean;
  readonly top: number;
  readonly json?: boolean;
};

/** `swarm trace [RUN]`: where the time of a run went, as read from its record; or the same for other programs. */
export const traceCommand = async (
  words: string,
  flags: TraceFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { mermaid, chrome, json } = flags;
  if (mermaid === true) {
    if (chrome !== undefined || json === true || flags.errors === true || flags.otlp !== undefined)
      throw new SwarmError("BAD_USAGE", "--mermaid draws the messages of a run; ask for it by itself");
    return (await import("./report.ts")).reportCommand(words, { mermaid }, context);
  }
  if (chrome !== undefined && json === true)
    throw new SwarmError("BAD_USAGE", "--chrome writes a file of its own; ask for --json by itself");
  if (flags.otlp !== undefined && (chrome !== undefined || json === true || flags.errors === true))
    throw new SwarmError("BAD_USAGE", "--otlp sends all of a trace; ask for it by itself");
  if (chrome !== undefined && flags.errors === true)
    throw new SwarmError("BAD_USAGE", "--chrome writes all of a trace; ask for --errors by itself");
  return withLog(context.settings.home, async (log) => {
    const { header, standing } = headerOf(log, words);
    const { settings } = context;
    const content = tellsContent(flags.traceContent, settings);
    const read = (withContent: boolean): Iterable<Span> =>
      spansOf(log.read(header.run), readingOf(header, settings, withContent));
    if (flags.otlp !== undefined) {
      const reading = { ...readingOf(header, settings, content), messages: "crossing" } as const;
      return sendTrace(header, spansOf(log.read(header.run), reading), flags.otlp, context);
    }
    if (chrome !== undefined) return writeChrome([...read(content)], chrome, context);
    if (json === true)
      return flags.errors === true
        ? tellFailures([...read(content)], standing, flags, context)
        : tellJson(header, read(content), context);
    // A terminal shows its owner what an error quotes.
    const spans = [...read(true)];
    return (flags.errors === true ? tellFailures : tellWaterfall)(spans, standing, flags, context);
  });
};

/** Of the run that is meant: its first row, and how it stands. */
const headerOf = (
  log: EventLog,
  words: string,
): { readonly header: HeaderRow; readonly standing: string } => {
  const run = findRun(log, words);
  const summary = log.summary(run);
  const header = summary?.first.row;
  if (summary !== undefined && header?.type === "header")
    return { header, standing: runLine(log, summary).status };
  throw new SwarmError("LOG_CORRUPT", `run ${run} does not begin with a header`);
};

const sendTrace = async (
  header: HeaderRow,
  spans: Iterable<Span>,
  url: string | true,
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  const flag = url === true ? undefined : url;
  const otlp = otlpSettings(flag, settings.environment);
  noteMisread(flag, settings, output);
  if (otlp === undefined) {
    output.note(`nothing sent: ${whyNothing(settings.environment)}`);
    return exitCodes.done;
  }
  const { exportTrace } = await import("../trace/export.ts");
  const tally = await exportTrace({ header, spans, otlp, settings });
  const verdict =
    tally.sent + tally.rejected === 0
      ? "nothing sent: OTEL_TRACES_SAMPLER leaves this run out"
      : verdictOn(tally, otlp);
  if (tally.rejected > 0)
    throw new SwarmError("NO_COLLECTOR", `${verdict}; it has the others, and would reject these again`);
  output.note(verdict);
  return exitCodes.done;
};

/** Why the environment has nothing sent. Throws `BAD_USAGE` where it does not say so, but names no place to send it to, either. */
const whyNothing = (environment: Environment): string => {
  if (isDisabled(environment)) return "OTEL_SDK_DISABLED is set";
  if (exportersIn(valueIn(environment)) !== undefined)
    return "OTEL_TRACES_EXPORTER asks for no export; --otlp URL sends the trace all the same";
  throw new SwarmError(
    "BAD_USAGE",
    "--otlp alone sends where the OTEL_ variables say, and they name no collector; write for instance --otlp http://localhost:4318",
  );
};

const tellJson = (header: HeaderRow, spans: Iterable<Span>, { output }: CommandContext): ExitCode => {
  output.result(`${JSON.stringify({ run: header.run }).slice(0, -1)},"spans":[`);
  let separator = "\n";
  for (const span of spans) {
    output.result(`${separator}${JSON.stringify(span)}`);
    separator = ",\n";
  }
  output.result("\n]}\n");
  return exitCodes.done;
};

const tellFailures = (
  spans: readonly Span[],
  standing: string,
  { json }: TraceFlags,
  { output }: CommandContext,
): ExitCode => {
  const failures = failuresIn(spans, standing === "running");
  const startUs = spans.find(({ unit }) => unit === "run")?.startUs ?? 0;
  output.result(json === true ? `${JSON.stringify(failures)}\n` : failuresText(failures, startUs, output));
  return exitCodes.done;
};

const tellWaterfall = (
  spans: readonly Span[],
  standing: string,
  { top }: TraceFlags,
  { output }: CommandContext,
): ExitCode => {
  const root = spanTree(spans);
  if (root === undefined) return exitCodes.done;
  const { resultColumns: columns, paintResult: paint } = output;
  output.result(waterfall(root, criticalPath(root), { columns, paint, top, standing }));
  return exitCodes.done;
};
