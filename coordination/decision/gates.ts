import type { EscalationReason, Tier } from "../protocol/decision-messages.ts";
import { PPM } from "./constants.ts";
import { faultsOf, quorumOf } from "./electorate.ts";
import type { Tally } from "./tally.ts";

/** How many electors there are, answered in any way, and cast a ballot that counts. */
export type Turnout = { readonly electors: number; readonly present: number; readonly cast: number };

/** `quorum`: electors that must be present, where the task wants more than half. */
export type Bar = { readonly tier: Tier; readonly thresholdPpm: number; readonly quorum?: number };

/** What a rule asks of the winner by itself. */
export type Demand = { readonly thresholdPpm: number; readonly heads: number };

/** Of a rule that leaves it to the tier. */
export const noDemand: Demand = { thresholdPpm: 0, heads: 1 };

/** Why a decision does not settle, or `undefined` if it does. The first reason that holds is told. */
export const escalation = (
  bar: Bar,
  turnout: Turnout,
  tally: Tally,
  demand: Demand = noDemand,
): EscalationReason | undefined => {
  if (turnout.present < quorumOf(turnout.electors, bar.quorum)) return "no-quorum";
  const lack = lackOfEvidence(bar, turnout, tally, demand);
  // A tie tells its own story. Any other lack may be one of time, as long as someone could still have answered.
  return lack !== undefined && lack !== "tie" && turnout.present < turnout.electors ? "deadline" : lack;
};

const lackOfEvidence = (
  bar: Bar,
  turnout: Turnout,
  tally: Tally,
  demand: Demand,
): EscalationReason | undefined => {
  if (turnout.cast === 0) return "all-abstain";
  if (tally.totalWeight === 0 || tally.leaders.length === 0) return "no-evidence";
  if (tally.leaders.length > 1) return "tie";
  const { thresholdPpm, heads } = needsOf(bar, turnout, demand);
  if (thresholdPpm > 0 && !reaches(tally.leadingShare, tally.totalShare, thresholdPpm))
    return "below-threshold";
  return (tally.ranked[0]?.heads ?? 0) < heads ? "too-few-heads" : undefined;
};

/** What tier and rule together ask of the winner. No threshold means that any share will do. */
export const needsOf = (bar: Bar, turnout: Turnout, demand: Demand = noDemand): Demand => ({
  thresholdPpm: Math.max(demand.thresholdPpm, bar.tier === "routine" ? 0 : bar.thresholdPpm),
  heads: Math.max(demand.heads, leastHeads(bar.tier, turnout.electors)),
});

/** Heads that the winner needs. With those of `critical`, most honest electors are behind it whatever the liars say. */
export const leastHeads = (tier: Tier, electors: number): number => {
  switch (tier) {
    case "routine":
      return 1;
    case "standard":
      return 2;
    case "critical":
      return Math.floor((electors + faultsOf(electors)) / 2) + 1;
  }
};

/** part / whole >= threshold, in integers: a quotient would round. Of nothing, nothing is a part. */
export const reaches = (part: number, whole: number, thresholdPpm: number): boolean =>
  whole > 0 && part * PPM >= thresholdPpm * whole;
