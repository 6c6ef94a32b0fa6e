import type { EscalationReason, Tier } from "../protocol/decision-messages.ts";
import { PPM } from "./constants.ts";
import { faultsOf, quorumOf } from "./electorate.ts";
import type { Tally } from "./tally.ts";

/** How many electors there are, answered in any way, and cast a ballot that counts. */
export type Turnout = { readonly electors: number; readonly present: number; readonly cast: number };

export type Bar = { readonly tier: Tier; readonly thresholdPpm: number };

/** Why a decision does not settle, or `undefined` if it does. The first reason that holds is told. */
export const escalation = (bar: Bar, turnout: Turnout, tally: Tally): EscalationReason | undefined => {
  if (turnout.present < quorumOf(turnout.electors)) return "no-quorum";
  const lack = lackOfEvidence(bar, turnout, tally);
  // A tie tells its own story. Any other lack may be one of time, as long as someone could still have answered.
  return lack !== undefined && lack !== "tie" && turnout.present < turnout.electors ? "deadline" : lack;
};

const lackOfEvidence = (bar: Bar, turnout: Turnout, tally: Tally): EscalationReason | undefined => {
  if (turnout.cast === 0) return "all-abstain";
  if (tally.totalWeight === 0) return "no-evidence";
  if (tally.leaders.length > 1) return "tie";
  if (bar.tier === "routine") return undefined;
  if (!reaches(tally.leadingShare, tally.totalShare, bar.thresholdPpm)) return "below-threshold";
  return (tally.ranked[0]?.heads ?? 0) < leastHeads(bar.tier, turnout.electors) ? "too-few-heads" : undefined;
};

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
const reaches = (part: number, whole: number, thresholdPpm: number): boolean =>
  whole > 0 && part * PPM >= thresholdPpm * whole;
