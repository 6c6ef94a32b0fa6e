import { resolve } from "node:path";
import { systemClock } from "../../actors/runtime/clock.ts";
import type { RunEnd } from "../../actors/runtime/host.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { FinishedRow } from "../../coordination/protocol/row.ts";
import { otlpSettings } from "../../observability/otlp/settings.ts";
import { accountReader, type Account } from "../../observability/spending.ts";
import type { CommandContext } from "../context.ts";
import { approveCommand, waitingIn } from "../decisions/waiting.ts";
import { printable } from "../output.ts";
import { catchCrash } from "../trace/crash.ts";
import type { LiveTrace } from "../trace/live.ts";
import { noteMisread } from "../trace/misread.ts";
import { followRun } from "../view/follow.ts";
import { jsonView, liveView, plainView } from "../view/live-view.ts";
import { resultText } from "../view/outputs-text.ts";
import { accountJson, accountLine, runAccount } from "../view/spending-text.ts";
import { outputSpecs } from "../wire/basis.ts";
import { storesIn } from "../wire/coordinator.ts";
import type { Records } from "../wire/create.ts";
import { driveRun } from "../wire/live.ts";
import type { Metrics } from "../wire/metrics.ts";
import { resumeCommand } from "../wire/resume-command.ts";
import type { MetricsFlags } from "./measured.ts";
import { writeResult } from "./result-file.ts";

/** `metrics`: what measures this process, if anything does. */
export type DriveRecords = Records & { readonly metrics?: Metrics | undefined };

export type DriveFlags = MetricsFlags & {
  readonly nats?: string;
  readonly json?: boolean;
  readonly output?: string | undefined;
  readonly allowCommands?: boolean;
  readonly otlp?: string;
  readonly traceContent?: boolean;
};

/** Drives a run to its end, shows it meanwhile, and hands out its result. Returns the exit code. */
export const driveAndShow = async (
  context: CommandContext,
  records: DriveRecords,
  run: RunId,
  from: number,
  flags: DriveFlags,
): Promise<ExitCode> => {
  const trace = await traceOf(context, records, run, flags);
  try {
    return await drive(context, records, { run, from, flags, trace });
  } finally {
    if (trace !== undefined) {
      await trace.close();
      // What became of the last spans belongs to the last metrics.
      await records.metrics?.save(context.settings.home, run);
    }
  }
};

const traceOf = async (
  { settings, output }: CommandContext,
  { log, metrics }: DriveRecords,
  run: RunId,
  flags: DriveFlags,
): Promise<LiveTrace | undefined> => {
  const otlp = otlpSettings(flags.otlp, settings.environment);
  noteMisread(flags.otlp, settings, output);
  const header = log.summary(run)?.first.row;
  if (otlp === undefined || header?.type !== "header") return undefined;
  const [{ liveTrace }, { tellsContent }] = await Promise.all([
    import("../trace/live.ts"),
    import("../trace/reading.ts"),
  ]);
  return liveTrace({
    log,
    header,
    otlp,
    settings,
    output,
    diagnostics: metrics?.diagnostics,
    content: tellsContent(flags.traceContent, settings),
  });
};

type Drive = {
  readonly run: RunId;
  readonly from: number;
  readonly flags: DriveFlags;
  readonly trace: LiveTrace | undefined;
};

const drive = async (
  context: CommandContext,
  { log, ledger, metrics }: DriveRecords,
  { run, from, flags, trace }: Drive,
): Promise<ExitCode> => {
  const { output, version, settings } = context;
  const view =
    flags.json === true ? jsonView(output, run) : output.isLive ? liveView(output) : plainView(output);
  // Whoever sees the whole record go by need not read it again to add it up.
  const spent = from === 0 ? accountReader() : undefined;
  const account = (): Account => spent?.take() ?? runAccount(log, run);
  const sinks = [trace?.row, spent?.read].filter((sink) => sink !== undefined);
  const follower = followRun(log, run, view, from, sinks);
  const nats = flags.nats === undefined ? {} : { nats: flags.nats };
  const crash = trace === undefined ? undefined : catchCrash(context.signal);
  let end: RunEnd;
  try {
    end = await driveRun({
      log,
      ledger,
      stores: storesIn(settings.home),
      run,
      version,
      environment: settings.environment,
      allowCommands: flags.allowCommands === true,
      isResumed: from > 0,
      signal: crash?.signal ?? context.signal,
      metrics,
      home: settings.home,
      watch: follower.watch,
      ...nats,
    });
  } catch (error) {
    await follower.close();
    // Nothing is on record that says so; it can go on, as after Ctrl-C.
    if (flags.json === true) {
      const exit = error instanceof SwarmError ? error.exit : exitCodes.failed;
      tellInterrupted(context, log, run, exit, error instanceof Error ? error.message : String(error));
    }
    if (!(error instanceof SwarmError)) throw error;
    throw new SwarmError(
      error.code,
      `${error.message}\nthe run is recorded as ${run}; go on with: ${resumeCommand(log, run)}`,
      { cause: error },
    );
  } finally {
    crash?.close();
  }
  await follower.close();
  crash?.rethrow();
  switch (end.type) {
    case "finished":
      return handOut(context, log, end.row, flags, account());
    case "waiting":
      return tellWaiting(context, log, run, flags, account);
    case "interrupted":
      return interrupted(context, log, run, flags);
  }
};

/** Says which decisions wait for a person, and the commands that rule on them and go on. */
const tellWaiting = (
  { output }: CommandContext,
  log: EventLog,
  run: RunId,
  flags: DriveFlags,
  account: () => Account,
): ExitCode => {
  const exit = exitCodes.waiting;
  const waiting = waitingIn(log, run);
  if (flags.json === true) {
    const decisions = waiting.map((one) => ({ ...one, next: approveCommand(run, one) }));
    output.result(
      `${JSON.stringify({ type: "run.finished", run, atUs: nowUs(), outcome: "waiting", exit, outputs: {}, waiting: decisions, usage: accountJson(account()) })}\n`,
    );
    return exit;
  }
  for (const one of waiting.slice(0, shownWaiting)) {
    const advice =
      one.recommendation === null ? "" : `; the votes recommend ${printable(one.recommendation)}`;
    output.note(`${one.decision} waits for a person: ${one.reason ?? "?"}${advice}`);
    output.note(`  ${printable(one.question)} [${printable(one.options.join(" | "))}]`);
    output.note(`  ${approveCommand(run, one)}`);
  }
  if (waiting.length > shownWaiting)
    output.note(`and ${waiting.length - shownWaiting} more; \`swarm show ${run}\` lists them`);
  output.note(`run ${run}: waiting; then go on with: ${resumeCommand(log, run)}`);
  return exit;
};

/** How many decisions that wait are told at the end of a run. */
const shownWaiting = 5;

/** Prints the outcome of a run that has ended. */
export const handOut = (
  { output, settings }: Pick<CommandContext, "output" | "settings">,
  log: EventLog,
  row: FinishedRow,
  flags: DriveFlags,
  account = runAccount(log, row.run),
): ExitCode => {
  const { run, atUs, outcome, exit, outputs, message } = row;
  const result = () => resultText({ values: outputs, specs: outputSpecs(log, run) });
  const hasResult = Object.keys(outputs).length > 0;
  // A run that failed must not wipe out the result of an earlier one.
  if (flags.output !== undefined && hasResult) {
    try {
      writeResult(resolve(settings.cwd, flags.output), result());
    } catch (error) {
      // The disk has changed since the run began: what it came to must not be lost with the file.
      handOut({ output, settings }, log, row, { ...flags, output: undefined }, account);
      throw error;
    }
  }
  if (flags.json === true) {
    output.result(
      `${JSON.stringify({ type: "run.finished", run, atUs, outcome, exit, outputs, ...(message === undefined ? {} : { message }), usage: accountJson(account) })}\n`,
    );
    return exit;
  }
  if (flags.output === undefined && hasResult) output.resultFromOutside(result());
  if (message !== undefined)
    output.note(output.paint(exit === exitCodes.done ? "dim" : "yellow", printable(message)));
  output.note(output.paint("dim", accountLine(account)));
  const written = hasResult ? "written to" : "no result to write to";
  output.note(`run ${run}: ${outcome}${flags.output === undefined ? "" : `, ${written} ${flags.output}`}`);
  return exit;
};

const interrupted = (
  { output, signal }: CommandContext,
  log: EventLog,
  run: RunId,
  flags: DriveFlags,
): ExitCode => {
  const exit = signal.reason === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
  if (flags.json === true) tellInterrupted({ output }, log, run, exit);
  output.note(`stopped; go on with: ${resumeCommand(log, run)}`);
  return exit;
};

const nowUs = (): number => systemClock().nowUs();

/** Absent where the record cannot be read: why the run has stopped matters more. */
const usageIn = (log: EventLog, run: RunId) => {
  try {
    return { usage: accountJson(runAccount(log, run)) };
  } catch {
    return {};
  }
};

/** The last event of a run that has no end on record. */
const tellInterrupted = (
  { output }: Pick<CommandContext, "output">,
  log: EventLog,
  run: RunId,
  exit: ExitCode,
  message?: string,
): void => {
  const said = message === undefined ? {} : { message };
  output.result(
    `${JSON.stringify({ type: "run.finished", run, atUs: nowUs(), outcome: "interrupted", exit, outputs: {}, ...said, ...usageIn(log, run) })}\n`,
  );
};
