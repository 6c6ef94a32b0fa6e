import type { EventLog, RunSummary } from "../../coordination/log/log.ts";
import { exitCodes, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { Row } from "../../coordination/protocol/row.ts";
import type { CommandContext } from "../context.ts";
import { table } from "../output.ts";
import { withLog } from "../wire/home.ts";

/**
 * A run at a glance. `status` of one without an end: `running` while a process drives it, `waiting` for a person if that is all that is left
 * to do, `ruled` once one has spoken, else `interrupted`.
 */
export type RunLine = {
  readonly run: string;
  readonly task: string;
  readonly status: string;
  readonly exit: number | null;
  readonly rows: number;
  readonly startedAt: string;
  readonly lastAt: string;
};

export const runLine = (log: EventLog, { run, first, last, rows }: RunSummary): RunLine => {
  const finished = last.row.type === "finished" ? last.row : undefined;
  return {
    run,
    task: first.row.type === "header" ? first.row.task.name : "?",
    status: finished?.outcome ?? (log.isAlive(run) ? "running" : standstill(last.row)),
    exit: finished?.exit ?? null,
    rows,
    startedAt: isoTime(first.row.atUs),
    lastAt: isoTime(last.row.atUs),
  };
};

/** The last row of a run that nobody drives says why. */
const standstill = (row: Row): "waiting" | "ruled" | "interrupted" => {
  if (row.type === "ruled") return "ruled";
  const isSuspended =
    row.type === "turn" && "effects" in row && row.effects.some(({ type }) => type === "suspend");
  return isSuspended ? "waiting" : "interrupted";
};

const isoTime = (atUs: number): string => new Date(Math.floor(atUs / 1000)).toISOString();

/** `swarm runs`: all runs of this home, newest first. */
export const listRuns = (
  flags: { readonly json?: boolean },
  { settings, output }: CommandContext,
): Promise<ExitCode> =>
  withLog(settings.home, async (log) => {
    const lines = [...log.runs()].map((summary) => runLine(log, summary));
    if (flags.json === true) output.result(`${JSON.stringify(lines)}\n`);
    else if (lines.length === 0) output.note("no runs yet; start one with: swarm run task.yaml");
    else {
      const cells = lines.map(({ run, task, status, rows, startedAt }) => [
        run,
        status,
        String(rows),
        startedAt,
        task,
      ]);
      output.result(`${table([["RUN", "STATUS", "ROWS", "STARTED", "TASK"], ...cells])}\n`);
    }
    return exitCodes.done;
  });
