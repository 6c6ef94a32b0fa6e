import fc from "fast-check";
import { rules } from "../../coordination/decision/rules/rule.ts";
import type { Closed } from "../../coordination/decision/settle.ts";
import { countsOf, domainOf, emptyTrust, withCounts } from "../../coordination/decision/trust.ts";
import type { AgentCounts, Count, TrustCounts } from "../../coordination/decision/trust.ts";
import type { BallotCast, DecisionOpened } from "../../coordination/protocol/decision-messages.ts";
import {
  agentWith,
  cast,
  closedWith,
  domain,
  electorOf,
  model,
  openedWith,
} from "../unit/coordination/decision/builders.ts";

/** A decision about to close. `liars`: at most f of the electorate. */
export type Case = {
  readonly opened: DecisionOpened;
  readonly ballots: readonly BallotCast[];
  readonly trust: TrustCounts;
  readonly liars: readonly string[];
};

export const closing = ({ opened, ballots }: Case): Closed => closedWith(opened, ballots);

/** Another name for an option, which sorts the other way round; as a number it mirrors the others. */
export const escaped = (option: string): string => `${5 - Number(option)}`;

export const renamed = (given: Case): Case => ({
  ...given,
  opened: { ...given.opened, options: given.opened.options.map(escaped) },
  ballots: given.ballots.map((ballot) => ({
    ...ballot,
    option: ballot.option === null ? null : escaped(ballot.option),
    ...(ballot.approved === undefined ? {} : { approved: ballot.approved.map(escaped) }),
    ...(ballot.ranking === undefined ? {} : { ranking: ballot.ranking.map(escaped) }),
  })),
  trust: Object.keys(given.trust.agents).reduce((trust, agent) => {
    const counts = countsOf(trust, agent, model);
    const known = Object.entries(domainOf(counts, domain).options ?? {});
    const other = Object.fromEntries(known.map(([option, count]) => [escaped(option), count]));
    return withCounts(trust, agent, model, withOptions(counts, other));
  }, given.trust),
});

const options = ["1", "2", "3", "4"];
const ruleNames = Object.values(rules).map(({ name }) => name);
const names = ["a", "b", "c", "d", "e", "f", "g"];

/** From 0 to 1, evenly: a `double` is next to nothing most of the time, and so would be every weight. */
const aPart = fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000);

const anAnswer = fc.record({
  /** Each a bin of its own. */
  confidence: fc.constantFrom(0.3, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99),
  all: fc.integer({ min: 1, max: 60 }),
  rate: aPart,
});

/** Mostly alike in ability, or the penalty leaves only one agent a weight. */
const aVoter = fc.record({
  history: fc.array(anAnswer, { maxLength: 4 }),
  /** Of the votes for each option, those that were right. */
  precision: fc.array(fc.tuple(fc.nat(60), aPart), { maxLength: 4 }),
  option: fc.oneof({ weight: 6, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.constant(null) }),
  confidence: fc.option(aPart, { nil: undefined }),
  /** Of the options that were offered; the others are left out. */
  order: fc.option(fc.shuffledSubarray(options), { nil: undefined }),
  says: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(0, 2) }),
  maxWeightPpm: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 900_000 }) },
  ),
});
type Voter = typeof aVoter extends fc.Arbitrary<infer Value> ? Value : never;

const withLists = (
  ballot: BallotCast,
  order: readonly string[] | undefined,
  offered: readonly string[],
): BallotCast => {
  if (ballot.option === null || order === undefined) return ballot;
  const others = order.filter((option) => option !== ballot.option && offered.includes(option));
  return { ...ballot, approved: others, ranking: [ballot.option, ...others] };
};

const zipped = (option: string, count: Count | undefined) =>
  count === undefined ? [] : [[option, count] as const];

/** The counts with other ones for the options of the domain. */
const withOptions = (counts: AgentCounts, known: Readonly<Record<string, Count>>): AgentCounts => ({
  ...counts,
  domains: { [domain]: { ...domainOf(counts, domain), options: known } },
});

const caseOf = (voters: readonly Voter[], change: Partial<DecisionOpened>, optionCount: number): Case => {
  const named = voters.flatMap((voter, at) => {
    const agent = names[at];
    return agent === undefined ? [] : [{ ...voter, agent }];
  });
  const offered = options.slice(0, optionCount);
  return {
    opened: openedWith([], {
      options: offered,
      electorate: named.map(({ agent, maxWeightPpm }) => electorOf(agent, maxWeightPpm)),
      ...change,
    }),
    ballots: named.flatMap(({ agent, option, order, confidence, says }) => {
      const first = option === null ? null : (offered[option % optionCount] ?? null);
      const second = option === null ? "1" : (offered[(option + 1) % optionCount] ?? null);
      return [
        withLists(cast(agent, first, confidence), order, offered),
        cast(agent, second, confidence),
      ].slice(0, says);
    }),
    trust: named.reduce<TrustCounts>((trust, { agent, history, precision }) => {
      const answers = history.map(
        ({ confidence, all, rate }) => [confidence, Math.round(all * rate), all] as const,
      );
      const counts = precision.map(([all, rate]) => ({ right: Math.round(all * rate), all }));
      const known = Object.fromEntries(offered.flatMap((option, at) => zipped(option, counts[at])));
      return withCounts(trust, agent, model, withOptions(agentWith(answers), known));
    }, emptyTrust),
    liars: [],
  };
};

export const aCase: fc.Arbitrary<Case> = fc
  .record({
    voters: fc.array(aVoter, { maxLength: 7 }),
    optionCount: fc.integer({ min: 2, max: 4 }),
    rule: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom("classwise" as const, "logodds" as const) },
      { weight: 3, arbitrary: fc.constantFrom(...ruleNames) },
    ),
    tier: fc.constantFrom("routine" as const, "standard" as const, "critical" as const),
    thresholdPpm: fc.constantFrom(500_000, 600_000, 670_000, 800_000),
    quorum: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 7 }) },
    ),
  })
  .map(({ voters, optionCount, quorum, ...change }) =>
    caseOf(voters, { ...change, ...(quorum === undefined ? {} : { quorum }) }, optionCount),
  );

/** Liars all vote for one option, with any history and any confidence. */
export const aCriticalCase: fc.Arbitrary<Case> = fc
  .record({
    voters: fc.array(aVoter, { minLength: 4, maxLength: 7 }),
    thresholdPpm: fc.constantFrom(500_000, 670_000),
  })
  .map(({ voters, thresholdPpm }) => {
    const faults = Math.floor((voters.length - 1) / 3);
    const lying = voters.map((voter, at) =>
      at < faults ? { ...voter, option: 0, says: 1 as const } : voter,
    );
    const given = caseOf(lying, { tier: "critical", thresholdPpm, rule: "majority" }, 2);
    return { ...given, liars: names.slice(0, faults) };
  });
