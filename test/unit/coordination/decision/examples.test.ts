import { expect, test } from "vitest";
import { settle } from "../../../../coordination/decision/settle.ts";
import { emptyTrust } from "../../../../coordination/decision/trust.ts";
import type { TrustCounts } from "../../../../coordination/decision/trust.ts";
import type {
  BallotCast,
  DecisionOpened,
  Outcome,
} from "../../../../coordination/protocol/decision-messages.ts";
import { cast, closedWith, openedWith, team, trustWith } from "./builders.ts";

type Expected = {
  readonly outcome: Partial<Outcome>;
  readonly weights?: Readonly<Record<string, number>>;
  readonly shares?: Readonly<Record<string, number>>;
};

const honest = ["h1", "h2", "h3", "h4", "h5"];
const liars = ["l1", "l2"];
const seven: TrustCounts = trustWith({
  ...Object.fromEntries(honest.map((agent) => [agent, [[0.8, 40, 50]] as const])),
  ...Object.fromEntries(liars.map((agent) => [agent, [[1, 5, 50]] as const])),
});

const examples: readonly (readonly [string, TrustCounts, DecisionOpened, readonly BallotCast[], Expected])[] =
  [
    [
      "1: three newcomers, two to one",
      emptyTrust,
      openedWith(["x", "y", "z"]),
      [cast("x", "A", 0.6), cast("y", "A", 0.7), cast("z", "B", 1)],
      {
        outcome: { settled: false, reason: "below-threshold", option: "A", sharePpm: 666_667 },
        weights: { x: 200_671, y: 200_671, z: 200_671 },
      },
    ],
    [
      "2: two newcomers, one to one",
      emptyTrust,
      openedWith(["x", "y"]),
      [cast("x", "A", 0.6), cast("y", "B", 0.6)],
      {
        outcome: { settled: false, reason: "tie", option: null, sharePpm: 500_000 },
        weights: { x: 200_671, y: 200_671 },
      },
    ],
    [
      "3: an expert against two novices",
      team,
      openedWith(["a", "b", "c"]),
      [cast("a", "A", 0.9), cast("b", "B", 0.95), cast("c", "B", 0.95)],
      {
        outcome: {
          settled: false,
          reason: "below-threshold",
          option: "A",
          sharePpm: 500_000,
          confidencePpm: 730_374,
        },
        weights: { a: 2_033_091, b: 20_024, c: 20_024 },
        shares: { a: 40_048, b: 20_024, c: 20_024 },
      },
    ],
    [
      "4: two experts against two novices",
      team,
      openedWith(["a", "b", "c", "e"]),
      [cast("a", "A", 0.9), cast("e", "A", 0.9), cast("b", "B", 0.9), cast("c", "B", 0.9)],
      {
        outcome: { settled: true, option: "A", sharePpm: 942_103, confidencePpm: 714_948 },
        weights: { a: 2_033_091, e: 305_808, b: 20_024, c: 20_024 },
        shares: { a: 345_856, e: 305_808, b: 20_024, c: 20_024 },
      },
    ],
    [
      "5: three options",
      team,
      openedWith(["a", "b", "c", "e"], { options: ["A", "B", "C"] }),
      [cast("a", "A", 0.9), cast("b", "B", 0.9), cast("c", "C", 0.9), cast("e", "A", 0.6)],
      {
        outcome: { settled: true, option: "A", sharePpm: 835_757 },
        weights: { a: 2_667_287, b: 54_295, c: 54_295, e: 221_988 },
        shares: { a: 330_578, b: 54_295, c: 54_295, e: 221_988 },
      },
    ],
    [
      "6: two of four abstain",
      team,
      openedWith(["a", "b", "c", "e"]),
      [cast("a", "A", 0.9), cast("e", "A", 0.9), cast("b", null), cast("c", null)],
      {
        outcome: {
          settled: true,
          option: "A",
          sharePpm: 1_000_000,
          confidencePpm: 826_248,
          tally: [
            { option: "A", weight: 2_338_899, heads: 2 },
            { option: "B", weight: 0, heads: 0 },
          ],
        },
        weights: { a: 2_033_091, e: 305_808, b: 0, c: 0 },
      },
    ],
    [
      "7: two of five are present",
      team,
      openedWith(["a", "b", "c", "e", "x"]),
      [cast("a", "A", 0.9), cast("e", "A", 0.9)],
      { outcome: { settled: false, reason: "no-quorum", option: "A" } },
    ],
    [
      "8: critical, four of five honest agents agree and two liars do not",
      seven,
      openedWith([...honest, ...liars], { tier: "critical" }),
      [
        ...honest.map((agent, at) => cast(agent, at < 4 ? "A" : "B", 0.8)),
        ...liars.map((agent) => cast(agent, "B", 1)),
      ],
      {
        outcome: { settled: false, reason: "too-few-heads", option: "A", sharePpm: 800_000 },
        weights: { h1: 1_313_636, h5: 1_313_636, l1: 0, l2: 0 },
      },
    ],
    [
      "9: one votes for both sides",
      team,
      openedWith(["a", "b", "c", "e"]),
      [
        cast("a", "A", 0.9),
        cast("b", "B", 0.9),
        cast("c", "A", 0.9),
        cast("e", "A", 0.9),
        cast("e", "B", 0.9),
      ],
      {
        outcome: { settled: true, option: "A", sharePpm: 750_000 },
        shares: { a: 40_048, b: 20_024, c: 20_024, e: 0 },
      },
    ],
  ];

test.each(examples)("worked example %s", (_, trust, opened, ballots, expected) => {
  const outcome = settle(closedWith(opened, ballots), trust);
  expect(outcome).toMatchObject(expected.outcome);
  expect(weights(outcome, "weight")).toMatchObject(expected.weights ?? {});
  expect(weights(outcome, "shareWeight")).toMatchObject(expected.shares ?? {});
});

// Of agents whose votes were not counted by option, `classwise` knows no more than `logodds`. A gap costs them at most as much, and the best nothing.
test.each(examples)("no weight is less by classwise: %s", (_, trust, opened, ballots) => {
  const counted = (rule: DecisionOpened["rule"]) =>
    settle(closedWith({ ...opened, rule }, ballots), trust).ballots;
  const best = Math.max(...counted("logodds").map(({ abilityPpm }) => abilityPpm));
  for (const [at, { weight, abilityPpm }] of counted("logodds").entries()) {
    const other = counted("classwise")[at]?.weight;
    expect(other).toBeGreaterThanOrEqual(weight);
    if (abilityPpm === best) expect(other).toBe(weight);
  }
});

test("in example 9 the one who voted twice is void, and seen to be", () => {
  const [, trust, opened, ballots] = examples[8] ?? examples[0] ?? [];
  if (trust === undefined || opened === undefined || ballots === undefined) throw new Error("no example 9");
  const { ballots: counted } = settle(closedWith(opened, ballots), trust);
  expect(counted.find(({ voter }) => voter === "e")).toMatchObject({
    status: "void",
    option: null,
    weight: 0,
  });
});

// 899,006 is bin 4 (45 of 50, shrunk) pooled with the two empty bins above it.
test("the parts of a weight are told with it", () => {
  const { ballots } = settle(closedWith(openedWith(["a"]), [cast("a", "A", 0.9)]), team);
  expect(ballots[0]).toEqual({
    voter: "a",
    status: "counted",
    option: "A",
    confidencePpm: 900_000,
    calibratedPpm: 899_006,
    abilityPpm: 896_935,
    trustPpm: 962_963,
    weight: 2_033_091,
    shareWeight: 2_033_091,
  });
});

const weights = (outcome: Outcome, of: "weight" | "shareWeight"): Readonly<Record<string, number>> =>
  Object.fromEntries(outcome.ballots.map((ballot) => [ballot.voter, ballot[of]]));
