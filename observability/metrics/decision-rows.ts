import type { DecisionOpened, Outcome } from "../../coordination/protocol/decision-messages.ts";
import { effectId, type EnvelopeId } from "../../coordination/protocol/ids.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import { endingOf } from "../decisions.ts";
import type { Marking } from "./calibration.ts";
import { secondsBetween, type Meter } from "./meter.ts";
import type { RowReading } from "./row-reading.ts";

type Open = { readonly opened: DecisionOpened; readonly fromUs: number };

/** How many decisions that are over may still get their truth. */
const gradableAtMost = 1024;

/** Reads proposals, decisions, ballots and truths. */
export const decisionRows = (meter: Meter, mark: Marking): RowReading => {
  const proposed = new Set<EnvelopeId>();
  const open = new Map<string, Open>();
  const outcomes = new Map<string, Outcome>();

  const committed = ({ cause }: DecidedRow): void => {
    // Else it is told again after a resume.
    if (proposed.delete(cause)) meter.count("swarm_raft_proposals_total", { outcome: "committed" });
  };

  const settled = (outcome: Outcome, { atUs, run }: DecidedRow): void => {
    const decision = open.get(outcome.decision);
    if (decision === undefined) return;
    open.delete(outcome.decision);
    const labels = { kind: decision.opened.rule, outcome: endingOf(outcome) };
    const within = isInMap(outcome.decision) ? "map" : "run";
    meter.count("swarm_decisions_total", { ...labels, within });
    meter.observe("swarm_decision_duration_seconds", labels, secondsBetween(decision.fromUs, atUs), run);
    meter.observe("swarm_decision_margin_ratio", {}, marginOf(outcome));
    for (const { status, confidencePpm } of outcome.ballots) {
      meter.count("swarm_ballots_total", { status });
      if (status === "counted" && confidencePpm !== null)
        meter.observe("swarm_ballot_confidence_ratio", {}, confidencePpm / 1e6);
    }
    outcomes.set(outcome.decision, outcome);
    const [oldest] = outcomes.keys();
    if (outcomes.size > gradableAtMost && oldest !== undefined) outcomes.delete(oldest);
  };

  const graded = (decision: string, truth: string): void => {
    const outcome = outcomes.get(decision);
    if (outcome === undefined) return;
    outcomes.delete(decision);
    for (const { voter, status, option, confidencePpm } of outcome.ballots) {
      if (status !== "counted" || confidencePpm === null) continue;
      mark(voter, confidencePpm / 1e6, option === truth);
    }
  };

  const propose = ({ actor, seq, effects }: DecidedRow): void => {
    effects.forEach((effect, index) => {
      if (effect.type === "propose") proposed.add(effectId(actor, seq, index));
    });
  };

  const taken = (row: DecidedRow): void => {
    const { input, effects, atUs } = row;
    if (input.type !== "entry.committed") return;
    committed(row);
    const { entry } = input;
    if (entry.type === "decision.opened" && !open.has(entry.decision) && !outcomes.has(entry.decision))
      open.set(entry.decision, { opened: entry, fromUs: atUs });
    if (entry.type === "decision.graded") graded(entry.decision, entry.truth);
    for (const effect of effects)
      if (effect.type === "send" && effect.body.type === "decision.settled")
        settled(effect.body.outcome, row);
  };

  return (_, decided) => {
    if (decided === undefined) return;
    propose(decided);
    taken(decided);
  };
};

/** A decision is named by the path of its step, in which an item of a map has its number. */
const isInMap = (decision: string): boolean => decision.includes("[");

/** How far the first option leads the second, as a part of the weight of all: 0 is a tie, 1 is unanimous. */
const marginOf = ({ tally }: Outcome): number => {
  const weights = tally.map(({ weight }) => Math.max(0, weight));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const [first = 0, second = 0] = weights;
  return all === 0 ? 0 : (first - second) / all;
};
