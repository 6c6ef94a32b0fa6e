import type { RuleName } from "../protocol/decision-messages.ts";
import { PPM } from "./constants.ts";
import { domainOf, type AgentCounts, type Count } from "./trust.ts";

/** How much of the differences in ability between agents is more than chance. */
export type Spread = {
  /** From 0 to below 1: `1 - (agents - 1) / distance`, and never less than 0. */
  readonly part: number;
  /** Those that have answered. */
  readonly agents: number;
  /** Of their rates of right answers from the common one: squared, in variances of chance, summed. Of equals it is one less than they are, on average. */
  readonly distance: number;
};

/** Of the agents of a decision under a rule; `null`: the rule does not ask. */
export const spreadFor = (rule: RuleName, agents: readonly AgentCounts[], domain: string): Spread | null =>
  rule === "classwise" ? spreadOf(agents, domain) : null;

/** In the domain or overall, whichever tells more: who is better in all that was asked is most likely better in this, too. */
export const spreadOf = (agents: readonly AgentCounts[], domain: string): Spread => {
  const here = realSpread(agents.map((agent) => domainOf(agent, domain)));
  const overall = realSpread(agents);
  return overall.part > here.part ? overall : here;
};

/** The positive part of the James-Stein estimator. Nothing is known of those that never answered, and one alone differs from nobody. */
const realSpread = (counts: readonly Count[]): Spread => {
  let [right, all, agents] = [0, 0, 0];
  for (const count of counts) {
    right += count.right;
    all += count.all;
    if (count.all > 0) agents += 1;
  }
  if (agents < 2 || right === 0 || right === all) return { part: 0, agents, distance: 0 };
  const common = right / all;
  // Summed up in millionths: a sum of floats would depend on the order of the electors.
  let distancePpm = 0;
  for (const count of counts) {
    const beyond = count.right - count.all * common;
    if (count.all > 0)
      distancePpm += Math.round((PPM * (beyond * beyond)) / (count.all * common * (1 - common)));
  }
  const distance = distancePpm / PPM;
  return { part: distance === 0 ? 0 : Math.max(0, 1 - (agents - 1) / distance), agents, distance };
};
