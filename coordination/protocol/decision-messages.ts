import type { ActorId } from "./ids.ts";

/** Every way to count ballots; each has a file in `coordination/decision/rules`. */
export type RuleName =
  | "classwise"
  | "logodds"
  | "linear"
  | "majority"
  | "supermajority"
  | "unanimity"
  | "approval"
  | "ranked"
  | "median";
export type Tier = "routine" | "standard" | "critical";

/** One who may vote. `agent` is the name that trust is kept under, `actor` the instance that is told the outcome. */
export type Elector = {
  readonly agent: string;
  readonly actor: ActorId;
  /** Digest or name of the model behind the agent: part of the trust key. */
  readonly model: string;
  /** Upper bound of the share of this elector, in millionths; absent: the rule's own cap only. */
  readonly maxWeightPpm?: number;
};

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
  /** Who is told the outcome, besides the electors. */
  readonly replyTo: ActorId;
};

/** One ballot; `option: null` abstains. Confidence in millionths, absent if the voter cannot tell. */
export type BallotCast = {
  readonly type: "ballot.cast";
  readonly decision: string;
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

/** Ends a decision before every elector has answered. */
export type DecisionClosed = {
  readonly type: "decision.closed";
  readonly decision: string;
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

/** What the replicated log of the coordinator holds. */
export type Entry = DecisionOpened | BallotCast | DecisionClosed | DecisionGraded;

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
  | "deadline";

/** The outcome of a decision. It is computed from committed entries only, and equal on every replica. */
export type Outcome = {
  readonly decision: string;
  readonly settled: boolean;
  /** The winner if settled, else the recommendation, else `null`. */
  readonly option: string | null;
  /** Present if not settled. */
  readonly reason?: EscalationReason;
  /** The winner's part of the capped weight, in millionths. Not a probability. */
  readonly sharePpm: number;
  /** Collective confidence in the winner, in millionths, scaled down for correlated voters. */
  readonly confidencePpm: number;
  /** Ranked, first the winner or recommendation. */
  readonly tally: readonly OptionTally[];
  /** In the order of the electorate. */
  readonly ballots: readonly CountedBallot[];
  /** Place of the entry that closed the decision, and the replica that led then. */
  readonly term: number;
  readonly index: number;
  readonly leader: number;
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

/** The truth about a decision is committed, and so part of the record. */
export type TruthRecorded = { readonly type: "truth.recorded"; readonly decision: string };

export type DecisionMessage = EntryCommitted | DecisionSettled | TruthRecorded;
