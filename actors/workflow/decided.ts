import type { Outcome } from "../../coordination/protocol/decision-messages.ts";
import { dissentFrom } from "../../coordination/protocol/dissent.ts";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { workflowActor } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { Scope } from "./expression/evaluate.ts";
import type { DecideStep } from "./plan.ts";
import type { Renderer } from "./scope.ts";

/** What the task says is right; `null` where it does not say. */
export const truthOf = ({ truth }: DecideStep, scope: Scope, render: Renderer): string | null => {
  if (truth === undefined) return null;
  const text = render.text(truth, scope);
  return text === "" ? null : text;
};

/** Asks a program, where the task has one for that. */
export const checkOf = (
  { check }: DecideStep,
  path: string,
  scope: Scope,
  render: Renderer,
): Effect | undefined =>
  check === undefined
    ? undefined
    : {
        type: "runCommand",
        request: path,
        command: check.command.map((word) => render.text(word, scope)),
        cwd: check.cwd,
        timeoutMs: check.timeoutMs,
      };

/** What the program says is right. One that did not end by itself says nothing. */
export const checkedTruth = ({ check }: DecideStep, exit: number | null): string | null =>
  check === undefined || exit === null ? null : exit === 0 ? check.passed : check.failed;

/** Puts the truth on record, so that the ledger can learn from it. */
export const recordTruth = (decision: string, truth: string): Effect => ({
  type: "propose",
  entry: { type: "decision.graded", decision, truth, replyTo: workflowActor },
});

const perMillion = (ppm: number): number => ppm / 1e6;

/** What a `decide` step leaves for expressions; a truth that was not offered makes nobody wrong; shares and confidences from 0 to 1, weights as integers. */
export const decisionResult = (outcome: Outcome, truth: string | null, isOffered: boolean): Json => {
  const winner = outcome.settled ? outcome.option : null;
  const { calibratedPpm, effectiveVotersPpm, ruling, earlier = [] } = outcome;
  return {
    output: winner,
    winner,
    settled: outcome.settled,
    recommendation: ruling === undefined ? outcome.option : ruling.recommended,
    reason: outcome.reason ?? null,
    share: perMillion(outcome.sharePpm),
    confidence: perMillion(outcome.confidencePpm),
    calibrated: calibratedPpm === undefined ? null : perMillion(calibratedPpm),
    effectiveVoters: perMillion(effectiveVotersPpm ?? 0),
    rounds: earlier.length + 1,
    ruling:
      ruling === undefined ? null : { by: ruling.by, option: ruling.option, reason: ruling.reason ?? null },
    ballots: outcome.ballots.map(ballotResult),
    dissent: dissentFrom(outcome, outcome.ballots).map(ballotResult),
    tally: outcome.tally,
    truth,
    right: !isOffered || winner === null ? null : winner === truth,
    term: outcome.term,
    index: outcome.index,
    leader: outcome.leader,
  };
};

const ballotResult = ({
  voter,
  option,
  confidencePpm,
  weight,
  status,
  reason,
}: Outcome["ballots"][number]) => ({
  voter,
  option,
  confidence: confidencePpm === null ? null : perMillion(confidencePpm),
  weight,
  status,
  reason: reason ?? null,
});
