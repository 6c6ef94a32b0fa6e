import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import { isFor } from "../../coordination/protocol/dissent.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import { decisionsActor, type RunId } from "../../coordination/protocol/ids.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import type { CommandContext } from "../context.ts";
import { approveCommand, waitingIn, type Waiting } from "../decisions/waiting.ts";
import { printable, table } from "../output.ts";
import type { Account } from "../../observability/spending.ts";
import { outputsText } from "../view/outputs-text.ts";
import { accountJson, accountTable, runAccount } from "../view/spending-text.ts";
import { outputSpecs } from "../wire/basis.ts";
import { findRun, withLog } from "../wire/home.ts";
import { resumeCommand } from "../wire/resume-command.ts";
import { runLine } from "./runs.ts";

/** How many decisions a person is shown; `--json` has them all. */
const shownDecisions = 20;

/** `swarm show RUN`: where a run stands, its decisions with the place of each in the coordinator's log, its outputs. */
export const showRun = (
  words: string,
  flags: { readonly json?: boolean },
  { settings, output }: CommandContext,
): Promise<ExitCode> =>
  withLog(settings.home, async (log) => {
    const run = findRun(log, words);
    const summary = log.summary(run);
    if (summary === undefined)
      throw new SwarmError("NO_SUCH_RUN", `there is no run ${words}; \`swarm runs\` lists them`);
    const line = runLine(log, summary);
    const outcomes = outcomesOf(log, run);
    const account = runAccount(log, run);
    const waiting = waitingIn(log, run);
    const finished = summary.last.row.type === "finished" ? summary.last.row : undefined;
    if (flags.json === true) {
      const { message, outputs } = finished ?? { message: undefined, outputs: {} };
      output.result(
        `${JSON.stringify({ ...line, message: message ?? null, decisions: outcomes, waiting, outputs, usage: accountJson(account) })}\n`,
      );
      return exitCodes.done;
    }
    const head = [
      ["run", line.run],
      ["task", line.task],
      ["status", line.exit === null ? line.status : `${line.status} (exit ${line.exit})`],
      ["started", line.startedAt],
      ["last row", line.lastAt],
      ["rows", String(line.rows)],
      ...(finished?.message === undefined ? [] : [["message", printable(finished.message)]]),
    ];
    const outputs = outputsText(
      { values: finished?.outputs ?? {}, specs: outputSpecs(log, run) },
      `swarm show ${run} --json`,
    );
    const outputsSection = outputs === "" ? "" : `\n${outputs}`;
    output.result(
      `${table(head)}\n${decisionTable(outcomes)}${outputsSection}${waitingTable(run, waiting)}${usageTable(account)}${nextCommand(line.status, log, run)}`,
    );
    return exitCodes.done;
  });

const usageTable = (account: Account): string => {
  const text = accountTable(account);
  return text === "" ? "" : `\n${text}\n`;
};

/** Of all decisions that are over, in the order in which they came to be, like every other reading of the record: a run that ends does not hear of all. */
const outcomesOf = (log: EventLog, run: RunId): readonly Outcome[] => {
  const outcomes = new Map<string, Outcome>();
  for (const { row } of log.read(run, { actor: decisionsActor })) {
    if (row.type !== "turn" || "failed" in row || row.actor !== decisionsActor) continue;
    for (const effect of row.effects) {
      if (effect.type !== "send" || effect.body.type !== "decision.settled") continue;
      const { outcome } = effect.body;
      if (!outcomes.has(outcome.decision)) outcomes.set(outcome.decision, outcome);
    }
  }
  return [...outcomes.values()];
};

const decisionTable = (outcomes: readonly Outcome[]): string => {
  if (outcomes.length === 0) return "";
  const settled = outcomes.filter((outcome) => outcome.settled).length;
  const cells = outcomes
    .slice(0, shownDecisions)
    .map(
      ({
        decision,
        settled: isSettled,
        option,
        reason,
        ruling,
        sharePpm,
        confidencePpm,
        ballots,
        term,
        index,
        leader,
      }) => [
        decision,
        isSettled ? `${printable(option ?? "")}${ruledBy(ruling)}` : `not settled: ${reason}`,
        percent(sharePpm),
        percent(confidencePpm),
        `${ballots.filter((ballot) => ballot.status === "counted" && option !== null && isFor(ballot, option)).length} of ${ballots.length}`,
        `${term}/${index}`,
        `replica ${leader}`,
      ],
    );
  const more =
    outcomes.length > shownDecisions
      ? `and ${outcomes.length - shownDecisions} more; \`swarm show --json\` has them all\n`
      : "";
  const head = ["DECISION", "OUTCOME", "SHARE", "CONFIDENCE", "VOTES", "TERM/INDEX", "LED BY"];
  return `\n${settled} of ${outcomes.length} decisions settled\n${table([head, ...cells])}\n${more}`;
};

const waitingTable = (run: string, waiting: readonly Waiting[]): string => {
  if (waiting.length === 0) return "";
  const cells = waiting
    .slice(0, shownDecisions)
    .map((one) => [
      one.decision,
      one.reason ?? "",
      one.ruled === null ? approveCommand(run, one) : `ruled: ${printable(one.ruled)}`,
    ]);
  const more = waiting.length > shownDecisions ? `and ${waiting.length - shownDecisions} more\n` : "";
  return `\n${standText(waiting)}\n${table([["DECISION", "BECAUSE", "NEXT"], ...cells])}\n${more}`;
};

const standText = (waiting: readonly Waiting[]): string => {
  const ruled = waiting.filter((one) => one.ruled !== null).length;
  const left = waiting.length - ruled;
  return [
    ...(left > 0 ? [`${left} ${left === 1 ? "waits" : "wait"} for a person`] : []),
    ...(ruled > 0 ? [`${ruled} ${ruled === 1 ? "is" : "are"} ruled on`] : []),
  ].join(", ");
};

const percent = (ppm: number): string => `${(ppm / 10_000).toFixed(1)} %`;

const ruledBy = (ruling: Outcome["ruling"]): string =>
  ruling?.option === undefined || ruling.option === null ? "" : ` (by ${ruling.judge ?? "a person"})`;

const nextCommand = (status: string, log: EventLog, run: RunId): string =>
  status === "interrupted" || status === "ruled" || status === "waiting"
    ? `\ngo on with: ${resumeCommand(log, run)}\n`
    : status === "running"
      ? ""
      : `\ncheck it with: swarm replay ${run}\n`;
