import { binOf, usableConfidence } from "./calibration.ts";
import { domainAbility, trustIn } from "./trust.ts";
import type { AgentCounts } from "./trust.ts";

/** What the weight of one ballot is made of. All between 0 and 1 but the number of options. */
export type WeightParts = {
  /** How often the agent is right when it is this sure. */
  readonly calibrated: number;
  /** Its ability in the domain, and the best of the electorate. */
  readonly ability: number;
  readonly bestAbility: number;
  readonly trust: number;
  /** K, at least 2. */
  readonly options: number;
};

/** What is known of an elector before it votes. */
export type Standing = { readonly calibration: readonly number[]; readonly ability: number; readonly trust: number };

export const standingOf = (agent: AgentCounts, domain: string, calibration: readonly number[]): Standing => ({
  calibration,
  ability: domainAbility(agent, domain),
  trust: trustIn(agent),
});

export const weightParts = (
  standing: Standing,
  { confidencePpm }: { readonly confidencePpm: number | null },
  { options, bestAbility }: { readonly options: number; readonly bestAbility: number },
): WeightParts => ({
  calibrated: standing.calibration[binOf(usableConfidence(confidencePpm))] ?? standing.ability,
  ability: standing.ability,
  bestAbility,
  trust: standing.trust,
  options: Math.max(2, options),
});
