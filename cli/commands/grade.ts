import { systemClock } from "../../actors/runtime/clock.ts";
import { marksOf, type Mark } from "../../coordination/decision/marks.ts";
import { lessonsOf } from "../../coordination/decision/team.ts";
import { trustIn } from "../../coordination/decision/trust.ts";
import { truthIn, type TrustLedger } from "../../coordination/ledger/ledger.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { CommandContext } from "../context.ts";
import { hasEnded } from "../decisions/ended.ts";
import { findDecision, outcomeOf } from "../decisions/find.ts";
import { printable, table } from "../output.ts";
import { suggest } from "../task/nearest.ts";
import { findRun, withRecords } from "../wire/home.ts";

/** `swarm grade RUN DECISION OPTION`: says which option was right, so that trust can learn from it. */
export const gradeCommand = (
  words: string,
  name: string,
  truth: string,
  flags: { readonly json?: boolean },
  { settings, output }: CommandContext,
): Promise<ExitCode> =>
  withRecords(settings.home, async ({ log, ledger }) => {
    const run = findRun(log, words);
    const decision = findDecision(log, run, name);
    const { opened } = decision;
    if (!opened.options.includes(truth)) {
      const hint = suggest(truth, opened.options) ?? "choose one that was offered";
      throw new SwarmError("BAD_USAGE", `"${truth}" is no option of ${name}; ${hint}`);
    }
    const outcome = outcomeOf(decision, hasEnded(log, run));
    const marks = marksOf(run, opened, outcome, truth);
    // The truth in the record of a run is older than one that a person brings, also where the ledger does not have it yet.
    if (decision.truth !== undefined) refuseOther(name, truth, decision.truth);
    const agents = marks.map(({ agent }) => agent);
    refuseOther(name, truth, truthIn(ledger, run, name, agents) ?? truth);
    const added = ledger.add(lessonsOf(run, opened, outcome, truth), "person", systemClock().nowUs());
    if (added.length === 0) refuseOther(name, truth, truthIn(ledger, run, name, agents) ?? truth);
    if (flags.json === true) {
      output.result(
        `${JSON.stringify({ run, decision: name, truth, new: added.length > 0, marks: marks.map(plainMark) })}\n`,
      );
      return exitCodes.done;
    }
    const voted = marks.filter(({ right }) => right !== null);
    const rightly = voted.filter(({ right }) => right).length;
    output.result(`${table(marks.map((mark) => lineOf(mark, ledger)))}\n`);
    output.note(
      added.length > 0
        ? `${name} graded: ${rightly} of ${voted.length} were right; later runs start from this`
        : `${name} was graded like this before: nothing changed`,
    );
    return exitCodes.done;
  });

const refuseOther = (name: string, truth: string, earlier: string): void => {
  if (truth === earlier) return;
  const message = `${name} was graded "${earlier}" before, and a truth is taken once; nothing changed`;
  throw new SwarmError("BAD_USAGE", message);
};

const plainMark = ({ agent, model, domain, option, confidencePpm, conduct, right }: Mark) => ({
  agent,
  model,
  domain,
  option,
  confidencePpm,
  conduct,
  right,
});

const lineOf = ({ agent, model, option, conduct, right }: Mark, ledger: TrustLedger): readonly string[] => {
  const counts = ledger.standing(agent, model)?.counts;
  return [
    right === null ? "-" : right ? "right" : "wrong",
    agent,
    conduct === "answered" ? printable(option ?? "") : (conductWords[conduct] ?? conduct),
    counts === undefined ? "" : `trust ${trustIn(counts).toFixed(3)}`,
  ];
};

const conductWords: Readonly<Record<string, string>> = {
  abstained: "abstained",
  missing: "did not answer",
  unoffered: "voted for what was not offered",
  equivocated: "said two different things",
};
