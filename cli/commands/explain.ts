import { truthIn } from "../../coordination/ledger/ledger.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { approveCommand, waitingIn } from "../decisions/waiting.ts";
import { hasEnded } from "../decisions/ended.ts";
import { findDecision, standingOf } from "../decisions/find.ts";
import { explanationJson, explanationOf } from "../explain/explanation.ts";
import { explanationMermaid } from "../explain/mermaid.ts";
import { explanationText } from "../explain/text.ts";
import { printable } from "../output.ts";
import { basisOf } from "../wire/basis.ts";
import { findRun, withRecords } from "../wire/home.ts";
import { resumeCommand } from "../wire/resume-command.ts";

export type ExplainFlags = { readonly json?: boolean; readonly mermaid?: boolean };

/** `swarm explain RUN DECISION`: how a decision came about, from its record and the trust that its run was held to. */
export const explainCommand = async (
  words: string,
  name: string,
  flags: ExplainFlags,
  { settings, output }: CommandContext,
): Promise<ExitCode> => {
  if (flags.json === true && flags.mermaid === true)
    throw new SwarmError("BAD_USAGE", "--mermaid draws a decision; ask for it by itself");
  return withRecords(settings.home, async ({ log, ledger }) => {
    const run = findRun(log, words);
    const header = log.summary(run)?.first.row;
    if (header?.type !== "header")
      throw new SwarmError("LOG_CORRUPT", `run ${run} does not begin with a header`);
    const decision = findDecision(log, run, name);
    const voters = decision.opened.electorate.map(({ agent }) => agent);
    const graded = truthIn(ledger, run, name, voters);
    const explanation = explanationOf(
      decision,
      standingOf(decision, hasEnded(log, run)),
      basisOf(header),
      graded,
    );
    if (flags.json === true) output.result(`${JSON.stringify(explanationJson(explanation))}\n`);
    else output.result((flags.mermaid === true ? explanationMermaid : explanationText)(explanation));
    const waits = waitingIn(log, run).find((one) => one.decision === name);
    if (waits?.ruled === null) output.note(`it waits for a person: ${approveCommand(run, waits)}`);
    else if (waits !== undefined)
      output.note(`a person ruled ${printable(waits.ruled)}; go on with: ${resumeCommand(log, run)}`);
    return exitCodes.done;
  });
};
