import type { Interval } from "../../coordination/decision/evaluation/intervals.ts";
import type { Score, TierScore } from "../../coordination/decision/evaluation/assess.ts";
import { table } from "../output.ts";
import { defaults } from "../task/limits.ts";

/** Scores as a table for people, best first, and what follows from them. */
export const scoresText = (scores: readonly Score[]): string => {
  const ranked = scores.toSorted((a, b) => b.accuracy - a.accuracy);
  const rows = ranked.map(
    ({ name, accuracy, overMajority, overBest, tiers, brier, error, recalibratedError }) => [
      name,
      percent(accuracy),
      name === "majority" ? "" : points(overMajority),
      name === "follow-the-best" ? "" : points(overBest),
      ...[tiers?.routine, tiers?.standard, tiers?.critical].map((tier) =>
        tier === undefined ? "" : percent(tier.settled),
      ),
      settledAccuracy(tiers?.standard),
      ...(name === "oracle" ? ["", "", ""] : [part(brier), part(error), part(recalibratedError)]),
    ],
  );
  return `${table([heading, ...rows])}\n\n${verdict(scores)}\n`;
};

const heading = [
  "RULE",
  "RIGHT %",
  "OVER MAJORITY",
  "OVER BEST",
  "ROUTINE %",
  "STANDARD %",
  "CRITICAL %",
  "SETTLED RIGHT %",
  "BRIER",
  "ECE",
  "RECALIBRATED",
];

/** Where voting helps, and where it does not: one dominant agent needs no team. */
const verdict = (scores: readonly Score[]): string => {
  const rule = scores.find(({ name }) => name === defaults.rule);
  if (rule === undefined) return "";
  const { overMajority, overBest } = rule;
  return [
    `${rule.name} ${compared(overMajority)} majority: ${points(overMajority)} points.`,
    `${rule.name} ${compared(overBest)} follow-the-best: ${points(overBest)} points.${advice(overBest)}`,
  ].join("\n");
};

const advice = ({ low, high }: Interval): string =>
  high < 0
    ? " One agent dominates this team: ask it alone."
    : low <= 0
      ? " Asking the best agent alone does as well here."
      : "";

const compared = ({ low, high }: Interval): string =>
  low > 0 ? "beats" : high < 0 ? "loses to" : "cannot be told from";

const percent = (value: number): string => (100 * value).toFixed(1);
const part = (value: number): string => value.toFixed(3);
const settledAccuracy = (tier: TierScore | undefined): string =>
  tier?.accuracy === undefined || tier.accuracy === null ? "" : percent(tier.accuracy);

const points = ({ mean, low, high }: Interval): string => `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
const signed = (value: number): string => {
  const shown = (100 * value).toFixed(1);
  return Number(shown) < 0 ? shown : `+${shown.replace("-", "")}`;
};
