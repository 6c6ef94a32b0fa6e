import { countText } from "../count-text.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import { schedulerActor, type RunId } from "../../coordination/protocol/ids.ts";
import { dollars } from "../../inference/budget.ts";
import { accountOf, type Account, type Spending } from "../../observability/spending.ts";
import { table } from "../output.ts";

/** What a run has taken so far, from its rows. */
export const runAccount = (log: EventLog, run: RunId): Account => {
  const rows = function* () {
    for (const { row } of log.read(run, { actor: schedulerActor })) yield row;
  };
  return accountOf(rows());
};

/** The account for programs. `costUsd` is `null` where a price is not known. */
export const accountJson = ({ total, agents, steps, models }: Account) => ({
  ...spendingJson(total),
  agents: jsonOf(agents),
  steps: jsonOf(steps),
  models: jsonOf(models),
});

const jsonOf = (sums: ReadonlyMap<string, Spending>) =>
  Object.fromEntries([...sums].map(([name, spent]) => [name, spendingJson(spent)]));

const spendingJson = ({ costNanoUsd, unpricedTokens, ...counts }: Spending) => ({
  ...counts,
  costUsd: unpricedTokens > 0 ? null : costNanoUsd / 1e9,
});

/** A line for each agent, and their sum below. */
export const accountTable = ({ total, agents }: Account): string => {
  const rows = [...agents].map(([agent, spent]) => [agent, ...cellsOf(spent)]);
  if (rows.length === 0) return "";
  const sum = rows.length > 1 ? [["all", ...cellsOf(total)]] : [];
  return table([["AGENT", "CALLS", "FAILED TRIES", "TOKENS IN", "TOKENS OUT", "COST"], ...rows, ...sum]);
};

/** One line: what the run took, and of it each agent. Where all of it ran on this machine nobody asks for dollars. */
export const accountLine = ({ total, agents }: Account): string => {
  const isFree = total.costNanoUsd === 0 && total.unpricedTokens === 0;
  const words = (spent: Spending, unit = "") =>
    `${tokensOf(spent)}${unit}${isFree ? "" : `, ${costWords(spent)}`}`;
  const all = words(total, " tokens");
  if (agents.size < 2) return all;
  return `${all} (${[...agents].map(([agent, spent]) => `${agent} ${words(spent)}`).join(isFree ? ", " : "; ")})`;
};

const cellsOf = (spent: Spending): readonly string[] => [
  countText(spent.calls),
  countText(spent.failedTries),
  countText(spent.promptTokens),
  countText(spent.outputTokens),
  costWords(spent),
];

const tokensOf = ({ promptTokens, outputTokens, estimatedTokens }: Spending): string =>
  `${estimatedTokens > 0 ? "at most " : ""}${countText(promptTokens + outputTokens)}`;

/** What some calls cost, as far as it is known. */
export const costWords = ({ costNanoUsd, unpricedTokens }: Spending): string => {
  if (unpricedTokens === 0) return `${dollars(costNanoUsd)} USD`;
  return costNanoUsd === 0 ? "cost not known" : `${dollars(costNanoUsd)} USD and what has no known price`;
};
