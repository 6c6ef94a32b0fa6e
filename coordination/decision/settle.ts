import type {
  CountedBallot,
  DecisionOpened,
  Elector,
  Outcome,
  RuleName,
  Ruling,
} from "../protocol/decision-messages.ts";
import { ballotOf } from "./ballot.ts";
import type { BallotBox, HeldBallot } from "./ballot.ts";
import { binOf, calibration, poolAdjacentViolators, usableConfidence } from "./calibration.ts";
import type { Pool } from "./calibration.ts";
import { PPM, toPpm } from "./constants.ts";
import { effectiveVoters } from "./effective-voters.ts";
import { electorateOf, optionsOf } from "./electorate.ts";
import { familiesOf } from "./families.ts";
import { escalation } from "./gates.ts";
import type { Turnout } from "./gates.ts";
import { firstRound, type Rounds } from "./rounds.ts";
import { rules } from "./rules/rule.ts";
import { cappedShares } from "./share.ts";
import { spreadFor } from "./spread.ts";
import { calibratedTogether } from "./team.ts";
import { collectiveConfidence, tallyOf } from "./tally.ts";
import type { Tally, Vote } from "./tally.ts";
import { countsOf, domainAbility, optionPrecision, trustIn } from "./trust.ts";
import type { AgentCounts, TrustCounts } from "./trust.ts";

export type Closed = {
  readonly opened: DecisionOpened;
  readonly ballots: BallotBox;
  /** Place of the entry that closed the decision. */
  readonly term: number;
  readonly index: number;
  readonly leader: number;
  /** The rounds before this one, and how it came about. Absent: it is the first. */
  readonly rounds?: Rounds;
  /** The word of the judge or the person who was asked to rule. */
  readonly ruling?: Omit<Ruling, "recommended">;
};

/** The two steps that hold up a law of their own; tests put faulty ones in their place. */
export type Methods = { readonly pool: Pool; readonly shares: typeof cappedShares };

const methods: Methods = { pool: poolAdjacentViolators, shares: cappedShares };

/** The outcome of a decision: a function of committed entries and frozen trust, and of nothing else. */
export const settle = (closed: Closed, trust: TrustCounts, how: Methods = methods): Outcome => {
  const { opened, term, index, leader: ledBy, rounds = firstRound, ruling } = closed;
  const { ballots, tally, turnout } = weighed(closed, trust, how);
  const rule = rules[opened.rule];
  const word = ruling?.option ?? null;
  const lack = escalation(opened, turnout, tally, rule.demand?.(opened, turnout));
  const reason = rule.isAdvice !== true ? lack : word === null ? "no-ruling" : undefined;
  const [leader, rival] = tally.leaders;
  // Of several leaders none is recommended: to pick one by its name would be a coin.
  const recommended = rival === undefined ? (leader ?? null) : null;
  const confidencePpm = toPpm(collectiveConfidence(tally.ranked, turnout.cast));
  const calibratedPpm = calibratedTogether(trust, opened, confidencePpm, how.pool);
  const families = familiesOf(opened.electorate);
  return {
    decision: opened.decision,
    settled: word !== null || reason === undefined,
    option: word ?? recommended,
    ...(reason === undefined ? {} : { reason }),
    ...(ruling === undefined ? {} : { ruling: { ...ruling, recommended } }),
    ...(rounds.earlier.length === 0 ? {} : rounds),
    sharePpm: tally.totalShare === 0 ? 0 : toPpm(tally.leadingShare / tally.totalShare),
    confidencePpm,
    ...(calibratedPpm === undefined ? {} : { calibratedPpm }),
    effectiveVotersPpm: toPpm(effectiveVoters(ballots)),
    ...(families.length === 0 ? {} : { families }),
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
  { opened, ballots }: Pick<Closed, "opened" | "ballots">,
  trust: TrustCounts,
  how: Methods = methods,
): Weighed => {
  const electorate = electorateOf(opened);
  const options = optionsOf(opened);
  const standings = electorate.map((elector) =>
    standingOf(elector, ballotOf(ballots, elector.agent), opened.domain, trust),
  );
  // In the order of the electorate, which is part of the entry: the order of the ballots leaves no trace.
  const answers = answersOf(standings, { opened, ballots }, options, how);
  const cast = answers.flatMap((answer) => (answer.type === "cast" ? [answer] : []));
  const shares = how.shares(
    cast.map(({ weight, standing }) => ({ weight, capPpm: standing.elector.maxWeightPpm ?? PPM })),
  );
  const votes = cast.map(({ ballot, weight }, at) => voteFrom(ballot, weight, shares[at] ?? 0));
  let next = 0;
  return {
    ballots: answers.map((answer) =>
      answer.type === "cast" ? countedBallot(answer, opened.rule, shares[next++] ?? 0) : uncounted(answer),
    ),
    tally: (rules[opened.rule].tally ?? tallyOf)(options, votes),
    turnout: {
      electors: electorate.length,
      present: answers.filter(({ ballot }) => ballot !== undefined).length,
      cast: cast.length,
    },
  };
};

/** What is known of an elector before it votes. */
type Standing = {
  readonly elector: Elector;
  readonly counts: AgentCounts;
  readonly ability: number;
  readonly trust: number;
};

type Cast = HeldBallot & { readonly type: "cast" };

/** What an elector answered. Only a ballot that is `cast` counts. */
type Answer =
  | {
      readonly type: "cast";
      readonly standing: Standing;
      readonly ballot: Cast;
      readonly calibrated: number;
      readonly precision: number;
      readonly weight: number;
    }
  | { readonly type: "idle"; readonly standing: Standing; readonly ballot: HeldBallot | undefined };

/** An elector whose model failed answers by another, and is known by what that one did so far. */
const standingOf = (
  elector: Elector,
  ballot: HeldBallot | undefined,
  domain: string,
  trust: TrustCounts,
): Standing => {
  const model = ballot?.type === "cast" ? ballot.model : undefined;
  const counts = countsOf(trust, elector.agent, model ?? elector.model);
  return { elector, counts, ability: domainAbility(counts, domain), trust: trustIn(counts) };
};

const answersOf = (
  standings: readonly Standing[],
  { opened, ballots }: Pick<Closed, "opened" | "ballots">,
  options: readonly string[],
  how: Methods,
): readonly Answer[] => {
  const { weigh } = rules[opened.rule];
  const bestAbility = standings.reduce((best, { ability }) => Math.max(best, ability), 0);
  const counted = standings.map(({ counts }) => counts);
  const spread = spreadFor(opened.rule, counted, opened.domain)?.part ?? 1;
  return standings.map((standing): Answer => {
    const ballot = ballotOf(ballots, standing.elector.agent);
    if (ballot?.type !== "cast" || !isValid(ballot, options)) return { type: "idle", standing, ballot };
    const { counts, ability, trust } = standing;
    const bin = binOf(usableConfidence(ballot.confidencePpm));
    const calibrated = calibration(counts, opened.domain, how.pool)[bin] ?? ability;
    const precision = optionPrecision(counts, opened.domain, ballot.option, ability);
    // A decision with one option is weighed as if there were a second.
    const parts = {
      calibrated,
      precision,
      ability,
      gap: Math.max(0, bestAbility - ability),
      spread,
      trust,
      options: Math.max(2, options.length),
    };
    return { type: "cast", standing, ballot, calibrated, precision, weight: weigh(parts) };
  });
};

/** Names nothing but what was offered, and ranks first what it votes for. */
const isValid = ({ option, approved, ranking }: Cast, options: readonly string[]): boolean =>
  options.includes(option) &&
  (approved === undefined || approved.every((one) => options.includes(one))) &&
  (ranking === undefined || (ranking[0] === option && ranking.every((one) => options.includes(one))));

const voteFrom = (ballot: Cast, weight: number, shareWeight: number): Vote => {
  const { option, approved, ranking } = ballot;
  return approved === undefined && ranking === undefined
    ? { option, weight, shareWeight }
    : { option, weight, shareWeight, ...listsOf(ballot) };
};

const listsOf = ({ approved, ranking }: Cast): Pick<CountedBallot, "approved" | "ranking"> => ({
  ...(approved === undefined ? {} : { approved }),
  ...(ranking === undefined ? {} : { ranking }),
});

const countedBallot = (
  { standing, ballot, calibrated, precision, weight }: Answer & { readonly type: "cast" },
  rule: RuleName,
  shareWeight: number,
): CountedBallot => {
  const { option, confidencePpm, approved, ranking, model, reason } = ballot;
  // Members are added one by one: to spread parts into a new object costs more than all of the arithmetic.
  const counted: { -readonly [Key in keyof CountedBallot]: CountedBallot[Key] } = {
    voter: standing.elector.agent,
    status: "counted",
    option,
    confidencePpm,
    calibratedPpm: toPpm(calibrated),
    abilityPpm: toPpm(standing.ability),
    trustPpm: toPpm(standing.trust),
    weight,
    shareWeight,
  };
  if (approved !== undefined) counted.approved = approved;
  if (ranking !== undefined) counted.ranking = ranking;
  if (rule === "classwise") counted.precisionPpm = toPpm(precision);
  if (model !== undefined) counted.model = model;
  if (reason !== undefined) counted.reason = reason;
  return counted;
};

const uncounted = ({ standing, ballot }: Answer): CountedBallot => ({
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
  ...(ballot?.type === "cast" && ballot.model !== undefined ? { model: ballot.model } : {}),
  ...reasonOf(ballot),
});

const reasonOf = (ballot: HeldBallot | undefined): { readonly reason?: string } =>
  ballot === undefined || ballot.type === "equivocated" || ballot.reason === undefined
    ? {}
    : { reason: ballot.reason };
