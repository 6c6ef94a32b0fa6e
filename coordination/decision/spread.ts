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
  const distances: number[] = [];
  for (const count of counts) {
    const beyond = count.right - count.all * common;
    if (count.all > 0) distances.push((beyond * beyond) / (count.all * common * (1 - common)));
  }
  // In one order whatever that of the electors is: a sum of floats depends on it.
  distances.sort((one, other) => one - other);
  let distance = 0;
  for (const each of distances) distance += each;
  return { part: distance === 0 ? 0 : Math.max(0, 1 - (agents - 1) / distance), agents, distance };
};
