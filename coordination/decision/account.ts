import type { CountedBallot, DecisionOpened } from "../protocol/decision-messages.ts";
import { binOf, calibration, usableConfidence } from "./calibration.ts";
import { PPM, clamp, constants } from "./constants.ts";
import { optionsOf } from "./electorate.ts";
import { exp, ln } from "./math.ts";
import { calibratedForOption } from "./rules/classwise.ts";
import { logodds } from "./rules/logodds.ts";
import { rules } from "./rules/rule.ts";
import { spreadFor, type Spread } from "./spread.ts";
import {
  ability,
  countsOf,
  domainAbility,
  domainOf,
  optionOf,
  optionPrecision,
  shrunk,
  trustParts,
  type AgentCounts,
  type Count,
  type TrustCounts,
} from "./trust.ts";

/** How one elector's weight came about: each number of `docs/decisions.md`, not rounded, with the counts that it is made of. */
export type BallotAccount = {
  readonly counts: AgentCounts;
  readonly inDomain: Count;
  readonly ability: number;
  readonly domainAbility: number;
  readonly trust: ReturnType<typeof trustParts>;
  /** Only of a ballot that counts. */
  readonly confidence?: ConfidenceAccount;
  /** Only of a ballot that counts under `classwise`. */
  readonly forOption?: OptionAccount;
  /** Only of a ballot that counts by log-odds. */
  readonly evidence?: EvidenceAccount;
};

export type ConfidenceAccount = {
  /** As used: clamped, and undecided where the voter gave none. */
  readonly stated: number;
  readonly from: number;
  readonly to: number;
  readonly bin: Count;
  readonly shrunk: number;
  /** After pooling over the bins, so that it never falls as confidence rises. */
  readonly calibrated: number;
};

export type OptionAccount = {
  /** Of its votes for this option. */
  readonly count: Count;
  readonly precision: number;
  /** Calibrated confidence, its odds moved by those of the option. */
  readonly calibrated: number;
};

export type EvidenceAccount = {
  readonly options: number;
  readonly p: number;
  /** Whether a bound of the rule, and not the numbers, made `p` what it is. */
  readonly isClamped: boolean;
  readonly nats: number;
  /** How far it is behind the best ability. */
  readonly gap: number;
  /** How much of such gaps is more than chance; `null` of a rule that does not ask. */
  readonly spread: Spread | null;
  readonly penalty: number;
  /** What the rule makes of these, in millionths of a nat. */
  readonly weight: number;
};

/** Accounts for every ballot of a decision, in the order of the outcome. */
export const accountsOf = (
  opened: DecisionOpened,
  ballots: readonly CountedBallot[],
  trust: TrustCounts,
): readonly BallotAccount[] => {
  const models = new Map(opened.electorate.map(({ agent, model }) => [agent, model]));
  const countsFor = ({ voter, model = models.get(voter) }: CountedBallot): AgentCounts =>
    countsOf(trust, voter, model ?? "");
  const counts = ballots.map(countsFor);
  const team = {
    best: Math.max(0, ...counts.map((each) => domainAbility(each, opened.domain))),
    spread: spreadFor(opened.rule, counts, opened.domain),
  };
  return ballots.map((ballot) => accountOf(opened, ballot, countsFor(ballot), team));
};

const accountOf = (
  opened: DecisionOpened,
  ballot: CountedBallot,
  counts: AgentCounts,
  { best, spread }: { readonly best: number; readonly spread: Spread | null },
): BallotAccount => {
  const base = {
    counts,
    inDomain: domainOf(counts, opened.domain),
    ability: ability(counts),
    domainAbility: domainAbility(counts, opened.domain),
    trust: trustParts(counts),
  };
  if (ballot.status !== "counted") return base;
  const confidence = confidenceOf(counts, opened.domain, ballot.confidencePpm);
  const weighsByOdds = rules[opened.rule].weigh === logodds.weigh || opened.rule === "classwise";
  if (!weighsByOdds) return { ...base, confidence };
  const options = Math.max(2, optionsOf(opened).length);
  const gap = Math.max(0, best - base.domainAbility);
  const forOption = optionAccount(counts, opened.domain, ballot.option ?? "", confidence);
  const calibrated = opened.rule === "classwise" ? forOption.calibrated : confidence.calibrated;
  return {
    ...base,
    confidence,
    ...(opened.rule === "classwise" ? { forOption } : {}),
    evidence: evidenceOf({ calibrated, trust: base.trust.trust, gap, spread, options }),
  };
};

const optionAccount = (
  counts: AgentCounts,
  domain: string,
  option: string,
  { calibrated }: ConfidenceAccount,
): OptionAccount => {
  const known = domainAbility(counts, domain);
  const precision = optionPrecision(counts, domain, option, known);
  return {
    count: optionOf(domainOf(counts, domain), option),
    precision,
    calibrated: calibratedForOption({ calibrated, precision, ability: known }),
  };
};

const confidenceOf = (
  counts: AgentCounts,
  domain: string,
  confidencePpm: number | null,
): ConfidenceAccount => {
  const stated = usableConfidence(confidencePpm);
  const at = binOf(stated);
  const known = domainAbility(counts, domain);
  const bin = domainOf(counts, domain).bins[at] ?? { right: 0, all: 0 };
  return {
    stated,
    from: constants.binEdges[at - 1] ?? 0,
    to: constants.binEdges[at] ?? 1,
    bin,
    shrunk: shrunk(bin, known, constants.shrink.bin),
    calibrated: calibration(counts, domain)[at] ?? known,
  };
};

const evidenceOf = ({
  calibrated,
  trust,
  gap,
  spread,
  options,
}: Pick<EvidenceAccount, "gap" | "spread" | "options"> & {
  readonly calibrated: number;
  readonly trust: number;
}): EvidenceAccount => {
  const { least, most } = constants.probability;
  const chance = 1 / options;
  const raw = chance + trust * (calibrated - chance);
  const p = clamp(raw, least, most);
  const nats = Math.max(0, ln((p * (options - 1)) / (1 - p)));
  const penalty = exp(-constants.penalty * (spread === null ? gap : spread.part * gap));
  return {
    options,
    p,
    isClamped: p !== raw,
    nats,
    gap,
    spread,
    penalty,
    weight: Math.round(PPM * nats * penalty),
  };
};
