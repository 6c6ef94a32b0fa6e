import { expect, test } from "vitest";
import { emptyBox, withBallot } from "../../../../coordination/decision/ballot.ts";
import { leastHeads } from "../../../../coordination/decision/gates.ts";
import { settle } from "../../../../coordination/decision/settle.ts";
import { cappedShares } from "../../../../coordination/decision/share.ts";
import { explained } from "../../../support/explained.ts";
import { cast, closedWith, electorOf, openedWith, team, trustWith } from "./builders.ts";

test.each([
  [
    "two are not capped",
    [
      [10, 1e6],
      [1, 1e6],
    ],
    [10, 1],
  ],
  [
    "of three, one counts for at most the others",
    [
      [10, 1e6],
      [1, 1e6],
      [2, 1e6],
    ],
    [3, 1, 2],
  ],
  [
    "a lone voice among silent ones carries nothing",
    [
      [5, 1e6],
      [0, 1e6],
      [0, 1e6],
    ],
    [0, 0, 0],
  ],
  [
    "an elector's own cap holds of the resulting whole",
    [
      [60, 200_000],
      [40, 1e6],
      [40, 1e6],
    ],
    [20, 40, 40],
  ],
  [
    "a cap that is not reached changes nothing",
    [
      [10, 200_000],
      [40, 1e6],
      [40, 1e6],
    ],
    [10, 40, 40],
  ],
  [
    "both kinds of cap together",
    [
      [50, 200_000],
      [1_000, 1e6],
      [30, 1e6],
    ],
    [20, 50, 30],
  ],
  [
    "a cap of zero silences in the share",
    [
      [50, 0],
      [40, 1e6],
    ],
    [0, 40],
  ],
  [
    "caps that cannot all hold leave nothing",
    [
      [50, 200_000],
      [40, 200_000],
    ],
    [0, 0],
  ],
  ["nobody, nothing", [], []],
])("share: %s", (_, stakes, expected) =>
  expect(cappedShares(stakes.map(([weight = 0, capPpm = 0]) => ({ weight, capPpm })))).toEqual(expected),
);

test.each([
  ["one ballot stands", [cast("a", "A", 0.9)], { type: "cast", option: "A", confidencePpm: 900_000 }],
  [
    "the same twice is one",
    [cast("a", "A", 0.9), cast("a", "A", 0.9)],
    { type: "cast", option: "A", confidencePpm: 900_000 },
  ],
  ["two options are void", [cast("a", "A", 0.9), cast("a", "B", 0.9)], { type: "equivocated" }],
  ["two confidences are void", [cast("a", "A", 0.9), cast("a", "A", 0.8)], { type: "equivocated" }],
  ["void stays void", [cast("a", "A"), cast("a", "B"), cast("a", "A")], { type: "equivocated" }],
  [
    "not a number is no confidence",
    [{ ...cast("a", "A"), confidencePpm: Number.NaN }],
    { type: "cast", option: "A", confidencePpm: null },
  ],
  ["an abstention is no vote", [cast("a", null)], { type: "abstained" }],
])("ballot: %s", (_, ballots, expected) =>
  expect(ballots.reduce(withBallot, emptyBox)["a"]).toEqual(expected),
);

test("a ballot that tells nothing new leaves the box as it is", () => {
  const box = withBallot(emptyBox, cast("a", "A", 0.9));
  expect(withBallot(box, cast("a", "A", 0.9))).toBe(box);
});

const everyone = ["a", "b", "c", "e"];

test.each([
  [
    "routine takes the ranking",
    { tier: "routine" },
    [cast("a", "A", 0.9), cast("b", "B", 0.9), cast("c", "B", 0.9), cast("e", null)],
    undefined,
    "A",
  ],
  ["all abstain", {}, everyone.map((agent) => cast(agent, null)), "all-abstain", null],
  ["no evidence, but more heads", {}, [cast("x", "B"), cast("y", "B"), cast("z", "A")], "no-evidence", "B"],
  [
    "one head is not two",
    {},
    [cast("a", "A", 0.9), ...["b", "c", "e"].map((agent) => cast(agent, null))],
    "too-few-heads",
    "A",
  ],
  [
    "the deadline stops what might still have settled",
    {},
    [cast("a", "A", 0.9), cast("b", "B", 0.9), cast("c", "B", 0.9)],
    "deadline",
    "A",
  ],
  [
    "the deadline keeps what is settled",
    {},
    [cast("a", "A", 0.9), cast("e", "A", 0.9), cast("b", "A", 0.9)],
    undefined,
    "A",
  ],
  [
    "majority counts heads",
    { rule: "majority" },
    everyone.map((agent) => cast(agent, agent === "a" ? "A" : "B", 0.9)),
    undefined,
    "B",
  ],
  [
    "majority ties",
    { rule: "majority" },
    everyone.map((agent, at) => cast(agent, at < 2 ? "A" : "B")),
    "tie",
    null,
  ],
  [
    "an option that was not offered is void, and its voter present",
    {},
    everyone.map((agent) => cast(agent, agent === "a" ? "Z" : "A", 0.9)),
    undefined,
    "A",
  ],
  [
    "a quorum of all is not there with three of four, however much they agree",
    { quorum: 4 },
    [cast("a", "A", 0.9), cast("e", "A", 0.9), cast("b", "A", 0.9)],
    "no-quorum",
    "A",
  ],
  [
    "a quorum of all counts those who abstain",
    { quorum: 4 },
    [cast("a", "A", 0.9), cast("e", "A", 0.9), cast("b", null), cast("c", null)],
    undefined,
    "A",
  ],
  [
    "no quorum is less than a majority",
    { quorum: 1, tier: "routine" },
    [cast("a", "A", 0.9), cast("e", "A", 0.9)],
    "no-quorum",
    "A",
  ],
  [
    "one head is a supermajority of those who voted, where the tier asks for no more",
    { rule: "supermajority", tier: "routine" },
    [cast("a", "A"), ...["b", "c", "e"].map((agent) => cast(agent, null))],
    undefined,
    "A",
  ],
  [
    "a tie is told as one, though an elector is missing",
    { rule: "majority" },
    [cast("a", "A"), cast("b", "B"), cast("c", null)],
    "tie",
    null,
  ],
  [
    "an exact threshold is reached",
    { rule: "majority", thresholdPpm: 750_000 },
    everyone.map((agent, at) => cast(agent, at < 3 ? "A" : "B")),
    undefined,
    "A",
  ],
  [
    "a hair above is not",
    { rule: "majority", thresholdPpm: 750_001 },
    everyone.map((agent, at) => cast(agent, at < 3 ? "A" : "B")),
    "below-threshold",
    "A",
  ],
] as const)("gates: %s", (_, change, ballots, reason, option) => {
  const voters = ballots.some(({ voter }) => voter === "x") ? ["x", "y", "z"] : everyone;
  // Whoever broke every promise is not believed at all: x, y and z bring no evidence.
  const lost = { right: 0, all: 0, helped: 0, hindered: 1e9, kept: 0, broken: 1e9, domains: {} };
  const trust = { agents: { ...team.agents, x: { m1: lost }, y: { m1: lost }, z: { m1: lost } } };
  const outcome = settle(closedWith(openedWith(voters, change), ballots), trust);
  expect([outcome.reason, outcome.settled, outcome.option]).toEqual([reason, reason === undefined, option]);
});

test.each([
  [1, [1, 2, 1]],
  [2, [1, 2, 2]],
  [3, [1, 2, 2]],
  [4, [1, 2, 3]],
  [5, [1, 2, 4]],
  [6, [1, 2, 4]],
  [7, [1, 2, 5]],
  [10, [1, 2, 7]],
] as const)("of %i electors the winner needs so many heads in each tier", (electors, heads) => {
  const tiers = ["routine", "standard", "critical"] as const;
  expect(tiers.map((tier) => leastHeads(tier, electors))).toEqual(heads);
});

test.each([
  ["ranks what was not offered", { ranking: ["A", "Z"] }],
  ["ranks another option first", { ranking: ["B", "A"] }],
  ["ranks nothing", { ranking: [] }],
  ["approves of what was not offered", { approved: ["Z"] }],
])("a ballot that %s is void", (_, lists) => {
  const ballots = [{ ...cast("a", "A", 0.9), ...lists }, cast("e", "A", 0.9)];
  const outcome = settle(closedWith(openedWith(["a", "e"]), ballots), team);
  expect(outcome.ballots.map(({ status }) => status)).toEqual(["void", "counted"]);
});

test("an elector listed twice is one elector", () => {
  const outcome = settle(
    closedWith(openedWith(["a", "e", "a"]), [cast("a", "A", 0.9), cast("e", "A", 0.9)]),
    team,
  );
  expect(outcome.ballots.map(({ voter }) => voter)).toEqual(["a", "e"]);
});

test("of many options too, who is mostly wrong tells nothing", () => {
  const options = Array.from({ length: 64 }, (_, at) => `option ${at}`);
  const trust = trustWith({ a: [[0.9, 0, 120]], b: [[0.9, 1, 120]] });
  const ballots = [cast("a", "option 0", 0.9), cast("b", "option 1", 0.9)];
  const outcome = settle(closedWith(openedWith(["a", "b"], { options }), ballots), trust);
  expect(outcome.ballots.map(({ weight }) => weight)).toEqual([0, 0]);
});

test("one option is weighed as if there were a second", () => {
  const weightsOf = (options: readonly string[]) => {
    const opened = openedWith(["a", "e"], { options });
    const ballots = [cast("a", "A", 0.9), cast("e", "A", 0.9)];
    const { outcome, ballots: told } = explained({ opened, ballots, trust: team });
    expect(told.map(({ account }) => account.evidence?.weight)).toEqual(
      outcome.ballots.map(({ weight }) => weight),
    );
    return outcome.ballots.map(({ weight }) => weight);
  };
  expect(weightsOf(["A"])).toEqual(weightsOf(["A", "B"]));
  expect(weightsOf(["A", "A"])).toEqual(weightsOf(["A"]));
  expect(weightsOf(["A", "B", "A"])).toEqual(weightsOf(["A", "B"]));
});

test("an elector's maxWeight bounds its part of the share", () => {
  const electorate = [electorOf("a", 200_000), electorOf("b"), electorOf("c")];
  const ballots = [cast("a", "A", 0.9), cast("b", "B", 0.9), cast("c", "B", 0.9)];
  const {
    ballots: counted,
    sharePpm,
    option,
  } = settle(closedWith(openedWith([], { electorate }), ballots), team);
  expect(counted.map(({ shareWeight }) => shareWeight)).toEqual([10_012, 20_024, 20_024]);
  expect([option, sharePpm]).toEqual(["A", 200_000]);
});
