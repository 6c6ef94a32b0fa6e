import type { CountedBallot, DecisionOpened, Elector, Outcome } from "../protocol/decision-messages.ts";
import { ballotOf } from "./ballot.ts";
import type { BallotBox, HeldBallot } from "./ballot.ts";
import { calibration, poolAdjacentViolators } from "./calibration.ts";
import { PPM, toPpm } from "./constants.ts";
import { electorateOf, optionsOf } from "./electorate.ts";
import { escalation } from "./gates.ts";
import { rules } from "./rules/rule.ts";
import { cappedShares } from "./share.ts";
import { collectiveConfidence, tallyOf } from "./tally.ts";
import { countsOf } from "./trust.ts";
import type { TrustCounts } from "./trust.ts";
import { standingOf, weightParts } from "./weight.ts";
import type { Standing } from "./weight.ts";

export type Closed = {
  readonly opened: DecisionOpened;
  readonly ballots: BallotBox;
  /** Place of the entry that closed the decision. */
  readonly term: number;
  readonly index: number;
};

/** The two steps that hold up a law of their own; tests put faulty ones in their place. */
export type Methods = { readonly pool: typeof poolAdjacentViolators; readonly shares: typeof cappedShares };

const methods: Methods = { pool: poolAdjacentViolators, shares: cappedShares };

/** The outcome of a decision: a function of committed entries and frozen trust, and of nothing else. */
export const settle = (closed: Closed, trust: TrustCounts, how: Methods = methods): Outcome => {
  const { opened, term, index } = closed;
  const electorate = electorateOf(opened);
  const options = optionsOf(opened);
  const counted = withShares(countBallots(closed, electorate, options, trust, how), electorate, how);
  const votes = counted.flatMap(({ status, option, weight, shareWeight }) =>
    status === "counted" && option !== null ? [{ option, weight, shareWeight }] : [],
  );
  const tally = tallyOf(options, votes);
  const present = counted.filter(({ status }) => status !== "missing").length;
  const reason = escalation(opened, { electors: electorate.length, present, cast: votes.length }, tally);
  const [leader, rival] = tally.leaders;
  return {
    decision: opened.decision,
    settled: reason === undefined,
    // Of several leaders none is recommended: to pick one by its name would be a coin.
    option: rival === undefined ? (leader ?? null) : null,
    ...(reason === undefined ? {} : { reason }),
    sharePpm: tally.totalShare === 0 ? 0 : toPpm(tally.leadingShare / tally.totalShare),
    confidencePpm: toPpm(collectiveConfidence(tally.ranked, votes.length)),
    tally: tally.ranked,
    ballots: counted,
    term,
    index,
  };
};

/** In the order of the electorate, which is part of the entry: the order of the ballots leaves no trace. */
const countBallots = (
  { opened, ballots }: Closed,
  electorate: readonly Elector[],
  options: readonly string[],
  trust: TrustCounts,
  how: Methods,
): readonly CountedBallot[] => {
  const standings = electorate.map(({ agent, model }) => {
    const counts = countsOf(trust, agent, model);
    return standingOf(counts, opened.domain, calibration(counts, opened.domain, how.pool));
  });
  const bestAbility = Math.max(0, ...standings.map(({ ability }) => ability));
  return zip(electorate, standings).map(([elector, standing]) => {
    const ballot = ballotOf(ballots, elector.agent);
    if (ballot?.type !== "cast" || !options.includes(ballot.option)) return uncounted(elector, standing, ballot);
    const parts = weightParts(standing, ballot, { options: options.length, bestAbility });
    return {
      voter: elector.agent,
      status: "counted",
      option: ballot.option,
      confidencePpm: ballot.confidencePpm,
      calibratedPpm: toPpm(parts.calibrated),
      abilityPpm: toPpm(parts.ability),
      trustPpm: toPpm(parts.trust),
      weight: rules[opened.rule].weigh(parts),
      shareWeight: 0,
      ...reasonOf(ballot),
    };
  });
};

const uncounted = (elector: Elector, standing: Standing, ballot: HeldBallot | undefined): CountedBallot => ({
  voter: elector.agent,
  status: ballot === undefined ? "missing" : ballot.type === "abstained" ? "abstained" : "void",
  // A void ballot with an option voted for what was not offered; one without is two different ballots.
  option: ballot?.type === "cast" ? ballot.option : null,
  confidencePpm: ballot?.type === "cast" ? ballot.confidencePpm : null,
  calibratedPpm: 0,
  abilityPpm: toPpm(standing.ability),
  trustPpm: toPpm(standing.trust),
  weight: 0,
  shareWeight: 0,
  ...reasonOf(ballot),
});

const withShares = (
  counted: readonly CountedBallot[],
  electorate: readonly Elector[],
  how: Methods,
): readonly CountedBallot[] => {
  const cast = zip(counted, electorate).filter(([{ status }]) => status === "counted");
  const shares = how.shares(cast.map(([{ weight }, { maxWeightPpm }]) => ({ weight, capPpm: maxWeightPpm ?? PPM })));
  const byVoter = new Map(zip(cast, shares).map(([[{ voter }], share]) => [voter, share]));
  return counted.map((ballot) => ({ ...ballot, shareWeight: byVoter.get(ballot.voter) ?? 0 }));
};

const reasonOf = (ballot: HeldBallot | undefined): { readonly reason?: string } =>
  ballot === undefined || ballot.type === "equivocated" || ballot.reason === undefined ? {} : { reason: ballot.reason };

/** Pairs of two lists of one length. */
const zip = <A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] =>
  left.flatMap((item, at) => {
    const other = right[at];
    return other === undefined ? [] : [[item, other] as const];
  });
