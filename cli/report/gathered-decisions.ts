import { addressOf } from "../../actors/workflow/outline.ts";
import { dissentFrom } from "../../coordination/protocol/dissent.ts";
import type { RecordedDecision } from "../../observability/decisions.ts";
import { rank } from "../../observability/rank.ts";

/** The decisions of one step: of a map many, one an item. */
export type GatheredDecisions = {
  readonly address: string;
  readonly count: number;
  readonly settled: number;
  readonly unsettled: number;
  readonly open: number;
  readonly medianConfidencePpm: number;
  /** How often each option came out of those that settled, the most frequent first. */
  readonly options: readonly { readonly option: string; readonly count: number }[];
};

export const gathered = (decisions: readonly RecordedDecision[]): readonly GatheredDecisions[] => {
  const steps = new Map<string, RecordedDecision[]>();
  for (const decision of decisions) {
    const address = addressOf(decision.opened.decision);
    const same = steps.get(address);
    if (same === undefined) steps.set(address, [decision]);
    else same.push(decision);
  }
  return [...steps].map(([address, same]) => {
    const outcomes = same.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
    const settled = outcomes.filter((outcome) => outcome.settled);
    const options = new Map<string, number>();
    for (const { option } of settled)
      if (option !== null) options.set(option, (options.get(option) ?? 0) + 1);
    return {
      address,
      count: same.length,
      settled: settled.length,
      unsettled: outcomes.length - settled.length,
      open: same.length - outcomes.length,
      medianConfidencePpm: rank(
        outcomes.map(({ confidencePpm }) => confidencePpm).toSorted((a, b) => a - b),
        0.5,
      ),
      options: [...options]
        .map(([option, count]) => ({ option, count }))
        .toSorted((a, b) => b.count - a.count || (a.option < b.option ? -1 : 1)),
    };
  });
};

/** Those first that a person would look at first; among equals in the order in which they were opened. */
export const byInterest = (decisions: readonly RecordedDecision[]): readonly RecordedDecision[] =>
  decisions
    .map((decision) => ({ decision, interest: interestOf(decision) }))
    .toSorted((a, b) => b.interest - a.interest)
    .map(({ decision }) => decision);

/** Whole numbers by what happened, a fraction by how unsure the outcome is. */
const interestOf = ({ opened, outcome, truth }: RecordedDecision): number => {
  const alone = opened.decision.includes("[") ? 0 : 64;
  if (outcome === undefined) return alone + 32;
  const { settled, ruling, earlier, option, ballots, confidencePpm } = outcome;
  // Of a tie nobody dissents, and nobody agrees.
  const hasDissent = option === null || dissentFrom(outcome, ballots).length > 0;
  return (
    alone +
    (settled ? 0 : 16) +
    (ruling === undefined ? 0 : 8) +
    (earlier === undefined ? 0 : 4) +
    (truth !== undefined && truth !== option ? 2 : 0) +
    (hasDissent ? 1 : 0) +
    (1 - Math.min(1, confidencePpm / 1e6)) * 0.9
  );
};
