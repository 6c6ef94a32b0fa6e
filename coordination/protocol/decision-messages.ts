import type { ActorId } from "./ids.ts";

/** Every way to count ballots; each has a file in `coordination/decision/rules`. */
export const ruleNames = [
  "classwise",
  "logodds",
  "linear",
  "majority",
  "supermajority",
  "unanimity",
  "approval",
  "ranked",
  "median",
  "judge",
] as const;
export type RuleName = (typeof ruleNames)[number];
export type Tier = "routine" | "standard" | "critical";

/** One who may vote. `agent` is the name that trust is kept under, `actor` the instance that is told the outcome. */
export type Elector = {
  readonly agent: string;
  readonly actor: ActorId;
  /** Digest or name of the model behind the agent: part of the trust key. */
  readonly model: string;
  /** Models of one family learned from the same text. Absent, as in records of old: the model is its own family. */
  readonly family?: string;
  /** Upper bound of the share of this elector, in millionths; absent: the rule's own cap only. */
  readonly maxWeightPpm?: number;
};

/** Where a decision goes that does not settle by itself. */
export type Escalation = "judge" | "human" | "fail";

/**
 * How a round came about. `first`: sealed, nobody sees another's ballot. `revote`: once, after a tie. `debate`: the voters see
 * each other's ballots and reasons. `judge`: only the judge answers.
 */
export type RoundKind = "first" | "revote" | "debate" | "judge";

export type DecisionOpened = {
  readonly type: "decision.opened";
  /** The step's path, unique in the run. */
  readonly decision: string;
  readonly question: string;
  readonly options: readonly string[];
  readonly domain: string;
  readonly electorate: readonly Elector[];
  readonly rule: RuleName;
  readonly tier: Tier;
  /** Least share of the winner in millionths, for tiers above `routine`. */
  readonly thresholdPpm: number;
  /** Electors that must be present. Absent: more than half; fewer than that never do. */
  readonly quorum?: number;
  /** Debate rounds after the first, at most. Absent, as in records of old: no round but the first, not even after a tie. */
  readonly rounds?: number;
  readonly escalate?: Escalation;
  /** Who rules: of the rule `judge`, and of `escalate: judge`. No elector. */
  readonly judge?: Elector;
  /** Who is told the outcome, besides the electors. */
  readonly replyTo: ActorId;
};

/** One ballot; `option: null` abstains. Confidence in millionths, absent if the voter cannot tell. */
export type BallotCast = {
  readonly type: "ballot.cast";
  readonly decision: string;
  /** The round that it is for, from 0. Absent: the first. */
  readonly round?: number;
  readonly voter: string;
  readonly option: string | null;
  /** For `approval`: every option that the voter could live with, in any order. */
  readonly approved?: readonly string[];
  /** For `ranked`: options from best to worst. It starts with `option`; what it leaves out stands last. */
  readonly ranking?: readonly string[];
  readonly confidencePpm?: number;
  /** Digest or name of the model that answered, where it is not that of the elector. */
  readonly model?: string;
  /** An abstention of an elector that failed, said by the workflow: it counts only where the elector itself says nothing. */
  readonly onBehalf?: true;
  readonly reason?: string;
};

/** Ends a round before every elector has answered. */
export type DecisionClosed = {
  readonly type: "decision.closed";
  readonly decision: string;
  /** The round that it ends, from 0. Absent: the first. */
  readonly round?: number;
  readonly reason: "deadline";
};

/** The right answer, from outside the team. It settles nothing: it says of every ballot whether it was right. */
export type DecisionGraded = {
  readonly type: "decision.graded";
  readonly decision: string;
  readonly truth: string;
  /** Who is told once it is committed. */
  readonly replyTo: ActorId;
};

/** A person's word on a decision that waits for it. */
export type DecisionRuled = {
  readonly type: "decision.ruled";
  readonly decision: string;
  readonly option: string;
  readonly reason?: string;
};

/** What the replicated log of the coordinator holds. */
export type Entry = DecisionOpened | BallotCast | DecisionClosed | DecisionGraded | DecisionRuled;

/** How one elector counted. All weights are integers: millionths of a nat for `classwise` and `logodds`, 1,000,000 a head where heads count. */
export type CountedBallot = {
  readonly voter: string;
  readonly status: "counted" | "abstained" | "missing" | "void";
  readonly option: string | null;
  readonly approved?: readonly string[];
  readonly ranking?: readonly string[];
  readonly confidencePpm: number | null;
  /** Calibrated confidence, ability in the domain and trust, in millionths: the parts of the weight. */
  readonly calibratedPpm: number;
  readonly abilityPpm: number;
  readonly trustPpm: number;
  /** For `classwise`: how often it is right when it votes for this option. */
  readonly precisionPpm?: number;
  readonly weight: number;
  /** The weight in the share test, after the caps. */
  readonly shareWeight: number;
  readonly reason?: string;
  /** Digest or name of the model that answered, where it is not that of the elector. */
  readonly model?: string;
};

export type OptionTally = { readonly option: string; readonly weight: number; readonly heads: number };

export type EscalationReason =
  | "no-quorum"
  | "all-abstain"
  | "no-evidence"
  | "tie"
  | "below-threshold"
  | "too-few-heads"
  | "deadline"
  /** Of the rule `judge`: the judge abstained, or did not answer in time. */
  | "no-ruling";

/** How a round ended that another one followed. */
export type EarlierRound = {
  readonly kind: RoundKind;
  /** The recommendation, and why it was not enough. */
  readonly option: string | null;
  readonly reason?: EscalationReason;
  readonly sharePpm: number;
  readonly confidencePpm: number;
  readonly ballots: readonly CountedBallot[];
};

/** What a judge or a person made of a decision that the votes did not settle. */
export type Ruling = {
  readonly by: "judge" | "person";
  /** The judge's name; absent for a person. */
  readonly judge?: string;
  /** `null`: the judge abstained, or did not answer in time. */
  readonly option: string | null;
  /** What the votes recommended. */
  readonly recommended: string | null;
  readonly confidencePpm?: number;
  readonly reason?: string;
};

/** The outcome of a decision. It is computed from committed entries only, and equal on every replica. */
export type Outcome = {
  readonly decision: string;
  readonly settled: boolean;
  /** The winner if settled, else the recommendation, else `null`. */
  readonly option: string | null;
  /** Why the votes alone did not settle it. Absent if they did. */
  readonly reason?: EscalationReason;
  /** Present if someone was asked to rule; `option` and `settled` are then by that word, all numbers still by the votes. */
  readonly ruling?: Ruling;
  /** How the last round of votes came about. Absent: it was the first. */
  readonly kind?: RoundKind;
  /** The rounds before the last, oldest first. Absent: there was one. */
  readonly earlier?: readonly EarlierRound[];
  /** The winner's part of the capped weight, in millionths. Not a probability. */
  readonly sharePpm: number;
  /** Collective confidence in the winner, in millionths, scaled down for correlated voters. */
  readonly confidencePpm: number;
  /** The same, held against how often teams were right that were as sure, in millionths. Absent until a truth has taught it. */
  readonly calibratedPpm?: number;
  /** How many independent voters of equal weight would tell as much, in millionths of one. */
  readonly effectiveVotersPpm?: number;
  /** Electors whose models are of one family, and so err alike. Absent: no two are. */
  readonly families?: readonly VoterFamily[];
  /** Ranked, first the winner or recommendation. */
  readonly tally: readonly OptionTally[];
  /** In the order of the electorate. */
  readonly ballots: readonly CountedBallot[];
  /** Place of the entry that closed the decision, and the replica that led then. */
  readonly term: number;
  readonly index: number;
  readonly leader: number;
};

export type VoterFamily = {
  readonly family: string;
  readonly voters: readonly string[];
  /** Whether all of them run the very same model. */
  readonly same: boolean;
};

/** An entry of the replicated log, once committed. The only input of the `decisions` actor. */
export type EntryCommitted = {
  readonly type: "entry.committed";
  readonly term: number;
  readonly index: number;
  /** The replica that led this term. */
  readonly leader: number;
  readonly entry: Entry;
};

export type DecisionSettled = { readonly type: "decision.settled"; readonly outcome: Outcome };

/** A decision goes on: the round before did not settle it. Whoever opened it now asks whom the kind says. */
export type RoundOpened = {
  readonly type: "round.opened";
  readonly decision: string;
  /** From 1. */
  readonly round: number;
  readonly kind: Exclude<RoundKind, "first"> | "person";
  /** How it stands. */
  readonly outcome: Outcome;
};

/** A person has ruled, outside of the run; see the `ruled` row. */
export type PersonRuled = {
  readonly type: "person.ruled";
  readonly decision: string;
  readonly option: string;
  readonly reason?: string;
};

/** The truth about a decision is committed, and so part of the record. */
export type TruthRecorded = { readonly type: "truth.recorded"; readonly decision: string };

export type DecisionMessage = EntryCommitted | DecisionSettled | RoundOpened | PersonRuled | TruthRecorded;
