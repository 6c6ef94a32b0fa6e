import { describe, expect, test } from "vitest";
import { explanationJson, explanationOf } from "../../../cli/explain/explanation.ts";
import { outcomeWords, roundsText } from "../../../cli/explain/rounds-text.ts";
import { explanationText } from "../../../cli/explain/text.ts";
import type {
  DecisionOpened,
  EarlierRound,
  Outcome,
} from "../../../coordination/protocol/decision-messages.ts";
import { runId } from "../../../coordination/protocol/ids.ts";
import { explained } from "../../support/explained.ts";
import { planOf } from "../../support/plans.ts";
import { withCounts } from "../../../coordination/decision/trust.ts";
import {
  agentWith,
  cast,
  electorOf,
  openedWith,
  team,
  trustWith,
} from "../coordination/decision/builders.ts";

const opened = openedWith(["a", "b", "c", "d"], { rule: "majority", tier: "routine" });
const ballots = [cast("a", "A", 0.9), cast("b", "A", 0.9), cast("c", "B", 0.9), cast("d", "Z", 0.9)];
const base = explained({ opened, ballots, trust: team });
const withOutcome = (more: Partial<Outcome>) => ({ ...base, outcome: { ...base.outcome, ...more } });

describe("for programs", () => {
  test.each<[string, Partial<Outcome>, readonly [string | null, string | null]]>([
    ["settled has a winner, which was recommended", { settled: true, option: "A" }, ["A", "A"]],
    ["did not settle has a recommendation only", { settled: false, option: "A", reason: "tie" }, [null, "A"]],
    [
      "was ruled has the ruled option, and the one that the votes recommended",
      { settled: true, option: "B", ruling: { by: "person", option: "B", recommended: "A" } },
      ["B", "A"],
    ],
  ])("a decision that %s", (_, more, expected) => {
    const { winner, recommendation } = explanationJson(withOutcome(more));
    expect([winner, recommendation]).toEqual(expected);
  });

  test("has the rounds before the last", () => {
    const earlier = [{ kind: "first", option: "A", sharePpm: 1, confidencePpm: 2, ballots: [] }] as const;
    expect(explanationJson(withOutcome({ earlier })).rounds).toEqual(earlier);
    expect(explanationJson(base).rounds).toEqual([]);
  });

  test("each number has its own name, and all who did not count are there", () => {
    const told = explanationJson(withOutcome({ sharePpm: 1, confidencePpm: 2, calibratedPpm: 3 }));
    expect(told).toMatchObject({ thresholdPpm: 670_000, sharePpm: 1, confidencePpm: 2, calibratedPpm: 3 });
    expect(told.dissent).toEqual([{ agent: "c", option: "B", reason: null }]);
    expect(told.uncounted).toEqual([{ agent: "d", conduct: "unoffered", reason: null }]);
  });
});

test("a truth is that of the record, else that of the ledger, and a ballot names the model that answered", () => {
  const basis = { run: runId("r"), plan: planOf([]), models: {}, trust: team };
  const { outcome } = base;
  const [first, ...others] = outcome.ballots;
  if (first === undefined) throw new Error("somebody votes");
  const answered = { ...outcome, ballots: [{ ...first, model: "other" }, ...others] };
  const of = (truth: string | undefined, graded: string | undefined) =>
    explanationOf(
      { opened, answered: [], ...(truth === undefined ? {} : { truth }) },
      answered,
      basis,
      graded,
    );
  expect([of("A", "B"), of(undefined, "B"), of(undefined, undefined)].map(({ truth }) => truth)).toEqual([
    "A",
    "B",
    null,
  ]);
  expect(of(undefined, undefined).ballots.map(({ model }) => model)).toEqual(["other", "m1", "m1", "m1"]);
});

describe("who errs alike is warned of", () => {
  test.each([
    [["a", "b"], "a and b run the same model"],
    [["a", "b", "c"], "a, b and c run the same model"],
  ])("by name: %s", (voters, warning) => {
    const ballots = voters.map((voter) => cast(voter, "A", 0.9));
    const { warnings } = explained({ opened: openedWith(voters), ballots, trust: team });
    expect(warnings).toEqual([`${warning}: they err alike, so their agreement tells less than their number`]);
  });

  test("also where the record is so old that the outcome does not say so", () => {
    const { families, ...outcome } = base.outcome;
    expect(families).toHaveLength(1);
    const basis = { run: runId("r"), plan: planOf([]), models: {}, trust: team };
    expect(explanationOf({ opened, answered: [] }, outcome, basis, undefined).families).toEqual(families);
  });
});

test("without a debate nobody moved, and nothing is said of it", () => {
  const basis = { run: runId("r"), plan: planOf([]), models: {}, trust: team };
  const told = explanationOf({ opened, answered: [], truth: "A" }, base.outcome, basis, undefined);
  expect(told.flips).toBeNull();
  expect(explanationText(told)).not.toMatch(/^debate/m);
});

test("a cap is told with its part of the whole, and the rule's own with what it is", () => {
  const electorate = [electorOf("a", 200_000), electorOf("b"), electorOf("e")];
  const ballots = [cast("a", "A", 0.9), cast("b", "B", 0.9), cast("e", "B", 0.9)];
  const capped = explained({ opened: openedWith([], { electorate }), ballots, trust: team });
  expect(capped.ballots.map(({ maxWeightPpm }) => maxWeightPpm)).toEqual([200_000, null, null]);
  const text = explanationText(capped);
  expect(text).toMatch(/in the share +[\d,]+: nobody counts for more than its cap, 20 %, or all others\n/);
  expect(text).toMatch(/in the share +[\d,]+, uncapped\n/);
  const others = explained({
    opened: openedWith(["a", "b", "c"]),
    ballots: ballots.slice(0, 2),
    trust: team,
  });
  expect(explanationText(others)).not.toContain("nobody counts for more");
});

test("the last bin ends at one, and a chance that a bound of the rule made says so", () => {
  const options = Array.from({ length: 64 }, (_, at) => `option ${at}`);
  const trust = trustWith({ a: [[1, 0, 120]], b: [[1, 120, 120]], c: [] });
  const ballots = ["a", "b", "c"].map((voter) => cast(voter, "option 0", 1));
  const told = explained({ opened: openedWith(["a", "b", "c"], { options }), ballots, trust });
  const evidence = told.ballots.map(({ account }) => account.evidence);
  expect(evidence.map((each) => [each?.p, each?.isClamped])).toEqual([
    [0.01, true],
    [0.97, true],
    [expect.closeTo(0.3, 1), false],
  ]);
  expect(told.ballots.map(({ account }) => [account.confidence?.from, account.confidence?.to])).toEqual(
    ballots.map(() => [0.975, 1]),
  );
  expect(explanationText(told)).toContain("= 0.0100, the bound\n");
});

test("a ballot that another model gave is explained by what is known of that one", () => {
  const trust = withCounts(team, "a", "other", agentWith([[0.9, 20, 40]]));
  const votes = [{ ...cast("a", "A", 0.9), model: "other" }, cast("e", "A", 0.9)];
  const [first] = explained({ opened: openedWith(["a", "e"]), ballots: votes, trust }).ballots;
  expect(first).toMatchObject({ model: "other", account: { counts: { right: 20, all: 40 } } });
  expect(first?.account.evidence?.weight).toBe(first?.weight);
});

const shareGateOf = (thresholdPpm: number, more: Partial<DecisionOpened> = {}) => {
  const change = { rule: "majority", tier: "standard", thresholdPpm, ...more } as const;
  const votes = [cast("a", "A"), cast("b", "A"), cast("c", "B")];
  return explained({ opened: openedWith(["a", "b", "c"], change), ballots: votes, trust: team });
};

test.each([
  [667_000, "66.6667 %", "66.7 %"],
  [670_000, "66.7 %", "67.0 %"],
  // The share is two thirds, and told as 666,667 millionths.
  [666_667, "66.6666 %", "66.6667 %"],
])("a share that a threshold of %i millionths shuts out is told so that it differs", (least, has, needs) => {
  expect(shareGateOf(least).gates.at(-1)).toMatchObject({
    gate: "share",
    has,
    needs: `${needs} of the capped weight`,
    passed: false,
  });
});

test("a share that is enough is told as it is rounded", () => {
  const gate = shareGateOf(666_666).gates.find((each) => each.gate === "share");
  expect(gate).toMatchObject({ has: "66.7 %", needs: "66.7 % of the capped weight", passed: true });
});

test("a threshold of almost nothing leaves the heads of the tier to be looked at", () => {
  const opened = openedWith(["a", "b"], { rule: "majority", thresholdPpm: 0 });
  const { gates, outcome } = explained({ opened, ballots: [cast("a", "A"), cast("b", null)], trust: team });
  expect(outcome.reason).toBe("too-few-heads");
  expect(gates.at(-1)).toEqual({ gate: "heads", needs: "2", has: "1", passed: false });
  expect(gates.map(({ gate }) => gate)).not.toContain("share");
});

test("half a weight, which a duel may leave, is told in whole numbers", () => {
  const options = { rule: "ranked", options: ["A", "B", "C"] } as const;
  const odd = [cast("a", "A", 0.9), cast("b", "B", 0.9)];
  const explanation = explained({ opened: openedWith(["a", "b"], options), ballots: odd, trust: team });
  // Neither ranks C: each gives half of its weight to it in the duel with the other's option.
  const ballots = explanation.outcome.ballots.map((ballot) => ({ ...ballot, shareWeight: 4_321 }));
  const text = explanationText({ ...explanation, outcome: { ...explanation.outcome, ballots } });
  expect(text).toMatch(/^ {2}C +[\d,]+ +0 +2,160 +25\.0 %/m);
});

test.each<[string, Partial<Outcome>]>([
  ["settled: A", { settled: true, option: "A" }],
  [
    "not settled (too-few-heads): the share would do, the heads do not; recommends A",
    { settled: false, option: "A", reason: "too-few-heads" },
  ],
  [
    'ruled by the judge j: B; the votes did not settle it (tie: equal weight and equal heads); "since"',
    {
      settled: true,
      option: "B",
      reason: "tie",
      ruling: { by: "judge", judge: "j", option: "B", recommended: null, reason: " since " },
    },
  ],
  [
    "ruled by a person: B",
    {
      settled: true,
      option: "B",
      ruling: { by: "person", option: "B", recommended: "A", reason: "" },
    },
  ],
  [
    "not settled (tie): equal weight and equal heads; recommends nothing; the judge j did not rule",
    {
      settled: false,
      option: null,
      reason: "tie",
      ruling: { by: "judge", judge: "j", option: null, recommended: null },
    },
  ],
])("an outcome is told as: %s", (words, more) => {
  const { reason: _, ...plain } = base.outcome;
  expect(outcomeWords({ ...plain, ...more })).toBe(words);
});

test("rounds are told from 1, each with who moved since the one before, and a debate with whom it helped", () => {
  const said = (...options: readonly (string | null)[]) =>
    base.outcome.ballots.map((ballot, at) => ({ ...ballot, option: options[at] ?? null }));
  const round = { sharePpm: 500_000, confidencePpm: 0, option: null, reason: "tie" } as const;
  const earlier: readonly EarlierRound[] = [
    { ...round, kind: "first", ballots: said("A", "B", "B", null) },
    { ...round, kind: "debate", ballots: said("A", "B", "B", null) },
  ];
  const { reason: _, ...plain } = base.outcome;
  const outcome: Outcome = {
    ...plain,
    kind: "debate",
    option: "A",
    sharePpm: 750_000,
    earlier,
    ballots: said("B", "A", "A", null),
  };
  expect(roundsText(outcome).split("\n")).toEqual([
    "  1. first: tie, share 50.0 %",
    "  2. debate: tie, share 50.0 %; nobody moved",
    "  3. debate: settled on A, share 75.0 %; a moved from A to B, b moved from B to A, c moved from B to A",
  ]);
  const basis = { run: runId("r"), plan: planOf([]), models: {}, trust: team };
  const told = explanationText(
    explanationOf({ opened, answered: [], truth: "A" }, outcome, basis, undefined),
  );
  expect(told).toMatch(/debate +2 moved from wrong to right, 1 from right to wrong\n/);
  expect(told).toMatch(/voters +3 of 4 voted/);
  expect(told).toMatch(/rule +majority, routine, domain sec\n/);
});
