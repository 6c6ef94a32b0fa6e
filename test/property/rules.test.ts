import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rules } from "../../coordination/decision/rules/rule.ts";
import { settle } from "../../coordination/decision/settle.ts";
import { tallyBy, tallyOf } from "../../coordination/decision/tally.ts";
import type { Tally, Vote } from "../../coordination/decision/tally.ts";
import type { DecisionOpened, Outcome } from "../../coordination/protocol/decision-messages.ts";
import { often } from "../support/deep.ts";
import { aCase, closing } from "./decision-cases.ts";
import type { Case } from "./decision-cases.ts";

type Count = (options: readonly string[], votes: readonly Vote[]) => Tally;
type Law<Faulty> = (subject: Faulty) => fc.IProperty<unknown> | fc.IPropertyWithHooks<unknown>;

const options = ["1", "2", "3", "4"];
const count = (rule: "approval" | "ranked" | "median"): Count => rules[rule].tally ?? tallyOf;
const firstOf = ({ leaders }: Tally): string | undefined => (leaders.length === 1 ? leaders[0] : undefined);

/** Each with an order of all options, cut somewhere, and a set to approve of. */
const aVote: fc.Arbitrary<Vote> = fc
  .record({
    order: fc.shuffledSubarray(options, { minLength: 1 }),
    weight: fc.integer({ min: 0, max: 3_000_000 }),
    approves: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ order, weight, approves }) => ({
    option: order[0] ?? "1",
    weight,
    shareWeight: weight,
    ranking: order,
    approved: order.slice(0, approves),
  }));
const votes = fc.array(aVote, { minLength: 1, maxLength: 7 });

const prefers = ({ ranking = [] }: Vote, a: string, b: string): boolean =>
  ranking.includes(a) && (!ranking.includes(b) || ranking.indexOf(a) < ranking.indexOf(b));
const duel = (all: readonly Vote[], a: string, b: string): number =>
  all.filter((vote) => prefers(vote, a, b)).reduce((sum, { weight }) => sum + weight, 0);

const condorcetWins: Law<Count> = (tally) =>
  fc.property(votes, (all) => {
    const winner = options.find((one) =>
      options.every((other) => other === one || duel(all, one, other) > duel(all, other, one)),
    );
    if (winner !== undefined) expect(firstOf(tally(options, all))).toBe(winner);
  });

/** Without a winner of every duel: half of a duel goes to each where a ballot ranks neither higher. */
const elseMostPointsWin: Law<Count> = (tally) =>
  fc.property(votes, (all) => {
    const counted = tally(options, all);
    const points = options.map((one) =>
      options.reduce(
        (sum, other) => (other === one ? sum : sum + duel(all, one, other) - duel(all, other, one)),
        0,
      ),
    );
    const hasWinner = options.some((one) =>
      options.every((other) => other === one || duel(all, one, other) > duel(all, other, one)),
    );
    if (!hasWinner)
      for (const leader of counted.leaders) expect(points[options.indexOf(leader)]).toBe(Math.max(...points));
    for (const { option, heads } of counted.ranked) {
      const rivals = options.filter((other) => other !== option);
      const hardest = rivals.map((other) => all.filter((vote) => prefers(vote, option, other)).length);
      expect(heads).toBe(Math.min(...hardest));
    }
  });

const borda: Count = tallyBy(({ ranking = [] }, option) => ranking.slice(0, 2).includes(option));

/** A number moved further out on its own side. */
const exaggerationIsIdle: Law<Count> = (tally) =>
  fc.property(votes, fc.nat(6), (all, which) => {
    const before = firstOf(tally(options, all));
    const moved = all[which % all.length];
    if (before === undefined || moved === undefined || moved.option === before) return;
    const outward = Number(moved.option) < Number(before) ? "1" : "4";
    const after = all.map((vote) => (vote === moved ? { ...vote, option: outward } : vote));
    expect(firstOf(tally(options, after))).toBe(before);
  });

const mean: Count = (offered, all) => {
  const whole = all.reduce((sum, { weight }) => sum + weight, 0);
  const middle = all.reduce((sum, { option, weight }) => sum + Number(option) * weight, 0) / whole;
  return tallyOf(
    offered,
    all.map((vote) => ({ ...vote, option: String(Math.round(middle)) })),
  );
};

/** To approve of one more option moves that one up, and none down. */
const approvingOneMoreHelps: Law<Count> = (tally) =>
  fc.property(votes, fc.nat(6), fc.constantFrom(...options), (all, which, more) => {
    const heads = (cast: readonly Vote[], option: string) =>
      tally(options, cast).ranked.find((line) => line.option === option)?.heads ?? 0;
    const chosen = all[which % all.length];
    if (chosen?.approved === undefined || chosen.approved.includes(more)) return;
    const approved = [...chosen.approved, more];
    const after = all.map((vote) => (vote === chosen ? { ...vote, approved } : vote));
    for (const option of options)
      expect(heads(after, option)).toBe(heads(all, option) + (option === more ? 1 : 0));
  });

describe.each([
  ["ranked: whoever wins every duel wins", condorcetWins, count("ranked"), "points alone", borda],
  [
    "ranked: else whoever has the most points, with the heads of its hardest duel",
    elseMostPointsWin,
    count("ranked"),
    "first places alone",
    tallyOf,
  ],
  ["median: exaggeration moves nothing", exaggerationIsIdle, count("median"), "a mean", mean],
  [
    "approval: to approve of one more changes that one alone",
    approvingOneMoreHelps,
    count("approval"),
    "counting the favourite alone",
    tallyOf,
  ],
] as const)("%s", (_, law, sound, fault, faulty) => {
  test("holds", () => fc.assert(law(sound), { numRuns: often(2_000) }));
  test(`is broken by ${fault}`, () =>
    expect(fc.check(law(faulty), { seed: 1, numRuns: 20_000 }).failed).toBe(true));
});

type Settle = (given: Case) => Outcome;
const under =
  (rule: DecisionOpened["rule"]): Settle =>
  (given) =>
    settle(closing({ ...given, opened: { ...given.opened, rule } }), given.trust);

const heads = ({ ballots, option }: Outcome): number =>
  ballots.filter((ballot) => ballot.status === "counted" && ballot.option === option).length;

const superHoldsInEveryTier: Law<Settle> = (decide) =>
  fc.property(aCase, (given) => {
    const uncapped = given.opened.electorate.map(({ agent, actor, model }) => ({ agent, actor, model }));
    const outcome = decide({ ...given, opened: { ...given.opened, electorate: uncapped } });
    if (!outcome.settled) return;
    const cast = outcome.ballots.filter(({ status }) => status === "counted").length;
    expect(heads(outcome) * 1_000_000).toBeGreaterThanOrEqual(given.opened.thresholdPpm * cast);
  });

const unanimityIsOfAllPresent: Law<Settle> = (decide) =>
  fc.property(aCase, (given) => {
    const outcome = decide(given);
    if (!outcome.settled) return;
    expect(heads(outcome)).toBe(outcome.ballots.filter(({ status }) => status !== "missing").length);
  });

const linearNeverRewardsDoubt: Law<Settle> = (decide) =>
  fc.property(aCase, (given) => {
    for (const { status, weight, trustPpm, calibratedPpm, abilityPpm } of decide(given).ballots) {
      if (status !== "counted") continue;
      // Each part was rounded to a millionth.
      expect(Math.abs(weight - (trustPpm * calibratedPpm * abilityPpm) / 1e12)).toBeLessThan(4);
    }
  });

describe.each([
  [
    "supermajority: the threshold holds in every tier",
    superHoldsInEveryTier,
    "supermajority",
    "a majority",
    "majority",
  ],
  [
    "unanimity: all present are behind what is settled",
    unanimityIsOfAllPresent,
    "unanimity",
    "a supermajority",
    "supermajority",
  ],
  ["linear: a weight is the product of its parts", linearNeverRewardsDoubt, "linear", "log-odds", "logodds"],
] as const)("%s", (_, law, rule, fault, faulty) => {
  test("holds", () => fc.assert(law(under(rule)), { numRuns: often(2_000) }));
  test(`is broken by ${fault}`, () =>
    expect(fc.check(law(under(faulty)), { seed: 1, numRuns: 20_000 }).failed).toBe(true));
});
