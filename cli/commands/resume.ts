import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import type { CommandContext } from "../context.ts";
import { basisOf } from "../wire/basis.ts";
import { sourceDigest } from "../wire/digest.ts";
import { findRun, withRecords } from "../wire/home.ts";
import { learnFrom } from "../wire/learn.ts";
import { driveAndShow, handOut, type DriveFlags, type DriveRecords } from "./drive.ts";
import { measured } from "./measured.ts";
import { assertWritable, resultFlags } from "./result-file.ts";

export type ResumeFlags = DriveFlags & { readonly force?: boolean };

/** `swarm resume RUN`: goes on with a run that was interrupted; of a finished one it prints the outcome. */
export const resumeRun = async (
  words: string,
  given: ResumeFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const flags = resultFlags(given);
  if (flags.output !== undefined) assertWritable(resolve(context.settings.cwd, flags.output));
  return measured(flags, context, (metrics) =>
    withRecords(
      context.settings.home,
      (records) => takeUp({ ...records, metrics }, words, flags, context),
      metrics?.diagnostics,
    ),
  );
};

const takeUp = async (
  records: DriveRecords,
  words: string,
  flags: ResumeFlags,
  context: CommandContext,
): Promise<ExitCode> => {
  const { log } = records;
  const run = findRun(log, words);
  const lease = log.lease(run);
  try {
    const summary = log.summary(run);
    if (summary?.first.row.type !== "header")
      throw new SwarmError("LOG_CORRUPT", `run ${run} does not begin with a header`);
    if (summary.last.row.type === "finished") {
      // The process that ended the run may have died before the ledger had its truths.
      learnFrom(records, run, basisOf(summary.first.row).plan);
      return handOut(context, log, summary.last.row, flags);
    }
    if (flags.force !== true) refuseChangedTask(summary.first.row);
    context.output.note(`run ${run}: ${summary.first.row.task.name}, from row ${summary.rows}`);
    return await driveAndShow(context, records, run, summary.rows, flags);
  } finally {
    lease.release();
  }
};

/** A task file that is gone changes nothing: the plan is in the header. One that differs would make the run lie. */
const refuseChangedTask = ({ run, task }: HeaderRow): void => {
  if (task.path === null) return;
  let text: string;
  try {
    text = readFileSync(task.path, "utf8");
  } catch {
    return;
  }
  if (sourceDigest(text) === task.digest) return;
  throw new SwarmError(
    "TASK_CHANGED",
    `${task.path} has changed since run ${run} began; restore it, start a new run, or go on with the recorded task: swarm resume ${run} --force`,
  );
};
