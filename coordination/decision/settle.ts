import type { CountedBallot, DecisionOpened, Elector, Outcome } from "../protocol/decision-messages.ts";
import { ballotOf } from "./ballot.ts";
import type { BallotBox, HeldBallot } from "./ballot.ts";
import { binOf, calibration, poolAdjacentViolators, usableConfidence } from "./calibration.ts";
import { PPM, toPpm } from "./constants.ts";
import { electorateOf, optionsOf } from "./electorate.ts";
import { escalation } from "./gates.ts";
import { rules } from "./rules/rule.ts";
import { cappedShares } from "./share.ts";
import { collectiveConfidence, tallyOf } from "./tally.ts";
import { countsOf, domainAbility, trustIn } from "./trust.ts";
import type { TrustCounts } from "./trust.ts";

export type Closed = {
  readonly opened: DecisionOpened;
  readonly ballots: BallotBox;
  /** Place of the entry that closed the decision. */
  readonly term: number;
  readonly index: number;
  readonly leader: number;
};

/** The two steps that hold up a law of their own; tests put faulty ones in their place. */
export type Methods = { readonly pool: typeof poolAdjacentViolators; readonly shares: typeof cappedShares };

const methods: Methods = { pool: poolAdjacentViolators, shares: cappedShares };

/** The outcome of a decision: a function of committed entries and frozen trust, and of nothing else. */
export const settle = (closed: Closed, trust: TrustCounts, how: Methods = methods): Outcome => {
  const { opened, term, index, leader: ledBy } = closed;
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
    leader: ledBy,
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
  const standings = electorate.map((elector) => {
    const counts = countsOf(trust, elector.agent, elector.model);
    return { elector, counts, ability: domainAbility(counts, opened.domain), trust: trustIn(counts) };
  });
  const bestAbility = standings.reduce((best, { ability }) => Math.max(best, ability), 0);
  return standings.map((standing) => {
    const { elector, counts, ability, trust } = standing;
    const ballot = ballotOf(ballots, elector.agent);
    if (ballot?.type !== "cast" || !options.includes(ballot.option)) return uncounted(standing, ballot);
    const calibrated =
      calibration(counts, opened.domain, how.pool)[binOf(usableConfidence(ballot.confidencePpm))] ?? ability;
    // A decision with one option is weighed as if there were a second.
    const parts = { calibrated, ability, bestAbility, trust, options: Math.max(2, options.length) };
    const counted: CountedBallot = {
      voter: elector.agent,
      status: "counted",
      option: ballot.option,
      confidencePpm: ballot.confidencePpm,
      calibratedPpm: toPpm(calibrated),
      abilityPpm: toPpm(ability),
      trustPpm: toPpm(trust),
      weight: rules[opened.rule].weigh(parts),
      shareWeight: 0,
    };
    return ballot.reason === undefined ? counted : { ...counted, reason: ballot.reason };
  });
};

/** What is known of an elector before it votes. */
type Standing = { readonly elector: Elector; readonly ability: number; readonly trust: number };

const uncounted = (standing: Standing, ballot: HeldBallot | undefined): CountedBallot => ({
  voter: standing.elector.agent,
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
  const caps = new Map(electorate.map(({ agent, maxWeightPpm }) => [agent, maxWeightPpm ?? PPM]));
  const cast = counted.filter(({ status }) => status === "counted");
  const shares = how.shares(cast.map(({ voter, weight }) => ({ weight, capPpm: caps.get(voter) ?? PPM })));
  let next = 0;
  return counted.map((ballot) =>
    ballot.status === "counted" ? { ...ballot, shareWeight: shares[next++] ?? 0 } : ballot,
  );
};

const reasonOf = (ballot: HeldBallot | undefined): { readonly reason?: string } =>
  ballot === undefined || ballot.type === "equivocated" || ballot.reason === undefined
    ? {}
    : { reason: ballot.reason };
