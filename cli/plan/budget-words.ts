import { countText } from "../count-text.ts";
import type { Budget } from "../../actors/workflow/plan.ts";
import type { Count, PlanEstimate } from "./estimate.ts";

/** What a run would take beside what it may take. */
export type BudgetLine = {
  readonly what: "turns" | "tokens" | "wallMs" | "usd";
  readonly limit: number | null;
  readonly estimate: Count;
  readonly warning: string | null;
};

export const budgetLines = (
  budget: Budget,
  { calls, callsKnown, tokens }: PlanEstimate,
): readonly BudgetLine[] => [
  {
    what: "turns",
    limit: budget.turns ?? null,
    estimate: calls,
    warning:
      budget.turns !== undefined && callsKnown > budget.turns
        ? `needs ${number(callsKnown)} calls at least, so it would end with exit 4; raise budget.turns`
        : null,
  },
  {
    what: "tokens",
    limit: budget.tokens ?? null,
    estimate: tokens,
    warning:
      budget.tokens !== undefined && tokens !== null && tokens > budget.tokens
        ? "may not be enough, and the run would end with exit 4; raise budget.tokens"
        : null,
  },
  { what: "wallMs", limit: budget.wallMs ?? null, estimate: null, warning: null },
  {
    what: "usd",
    limit: budget.nanoUsd === undefined ? null : budget.nanoUsd / 1e9,
    estimate: null,
    warning: null,
  },
];

export const countWords = (count: Count, unknown = "known when it runs"): string =>
  count === null ? unknown : number(count);

/** One sentence about the calls of a run. */
export const callWords = ({ calls, callsWithRetries, callsKnown }: Omit<PlanEstimate, "steps">): string => {
  if (calls === null)
    return callsKnown === 0
      ? "known when it runs"
      : `${number(callsKnown)} at least; the rest is known when it runs`;
  return callsWithRetries === null || callsWithRetries === calls
    ? number(calls)
    : `${number(calls)}, or up to ${number(callsWithRetries)} where replies are unusable`;
};

const number = (count: number): string => countText(Math.ceil(count));
