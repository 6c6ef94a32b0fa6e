import type { CountedBallot, DecisionOpened, Elector, Outcome } from "../protocol/decision-messages.ts";
import { ballotOf } from "./ballot.ts";
import type { BallotBox, HeldBallot } from "./ballot.ts";
import { binOf, calibration, poolAdjacentViolators, usableConfidence } from "./calibration.ts";
import { PPM, toPpm } from "./constants.ts";
import { electorateOf, optionsOf } from "./electorate.ts";
import { escalation } from "./gates.ts";
import type { Turnout } from "./gates.ts";
import { rules } from "./rules/rule.ts";
import { cappedShares } from "./share.ts";
import { collectiveConfidence, tallyOf } from "./tally.ts";
import type { Tally, Vote } from "./tally.ts";
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
  const { ballots, tally, turnout } = weighed(closed, trust, how);
  const reason = escalation(opened, turnout, tally, rules[opened.rule].demand?.(opened, turnout));
  const [leader, rival] = tally.leaders;
  return {
    decision: opened.decision,
    settled: reason === undefined,
    // Of several leaders none is recommended: to pick one by its name would be a coin.
    option: rival === undefined ? (leader ?? null) : null,
    ...(reason === undefined ? {} : { reason }),
    sharePpm: tally.totalShare === 0 ? 0 : toPpm(tally.leadingShare / tally.totalShare),
    confidencePpm: toPpm(collectiveConfidence(tally.ranked, turnout.cast)),
    tally: tally.ranked,
    ballots,
    term,
    index,
    leader: ledBy,
  };
};

/** Everything that the gates look at, whatever the tier. */
export type Weighed = {
  readonly ballots: readonly CountedBallot[];
  readonly tally: Tally;
  readonly turnout: Turnout;
};

export const weighed = (
  closed: Pick<Closed, "opened" | "ballots">,
  trust: TrustCounts,
  how: Methods = methods,
): Weighed => {
  const { opened } = closed;
  const electorate = electorateOf(opened);
  const options = optionsOf(opened);
  const ballots = withShares(countBallots(closed, electorate, options, trust, how), electorate, how);
  const votes = ballots.flatMap((ballot): readonly Vote[] =>
    ballot.status === "counted" && ballot.option !== null ? [{ ...ballot, option: ballot.option }] : [],
  );
  const present = ballots.filter(({ status }) => status !== "missing").length;
  return {
    ballots,
    tally: (rules[opened.rule].tally ?? tallyOf)(options, votes),
    turnout: { electors: electorate.length, present, cast: votes.length },
  };
};

/** In the order of the electorate, which is part of the entry: the order of the ballots leaves no trace. */
const countBallots = (
  { opened, ballots }: Pick<Closed, "opened" | "ballots">,
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
    if (ballot?.type !== "cast" || !isValid(ballot, options)) return uncounted(standing, ballot);
    const calibrated =
      calibration(counts, opened.domain, how.pool)[binOf(usableConfidence(ballot.confidencePpm))] ?? ability;
    // A decision with one option is weighed as if there were a second.
    const parts = { calibrated, ability, bestAbility, trust, options: Math.max(2, options.length) };
    const counted: CountedBallot = {
      voter: elector.agent,
      status: "counted",
      option: ballot.option,
      ...listsOf(ballot),
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

type Cast = HeldBallot & { readonly type: "cast" };

/** Names nothing but what was offered, and ranks first what it votes for. */
const isValid = ({ option, approved, ranking }: Cast, options: readonly string[]): boolean =>
  options.includes(option) &&
  (approved === undefined || approved.every((one) => options.includes(one))) &&
  (ranking === undefined || (ranking[0] === option && ranking.every((one) => options.includes(one))));

const listsOf = ({ approved, ranking }: Cast): Pick<CountedBallot, "approved" | "ranking"> => ({
  ...(approved === undefined ? {} : { approved }),
  ...(ranking === undefined ? {} : { ranking }),
});

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
