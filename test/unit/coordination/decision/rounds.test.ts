import { expect, test } from "vitest";
import { decisionsStep, initialDecisions } from "../../../../coordination/decisions.ts";
import { lessonsOf } from "../../../../coordination/decision/team.ts";
import { flipsOf } from "../../../../coordination/decision/rounds.ts";
import { emptyTrust, withCounts } from "../../../../coordination/decision/trust.ts";
import { withMark } from "../../../../coordination/decision/marks.ts";
import { countsOf } from "../../../../coordination/decision/trust.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import type { BallotCast, Entry, Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import { cast, electorOf, openedWith } from "./builders.ts";

/** Folds entries, and gives what was sent to the workflow: `round KIND` for a round that opens, else the outcome. */
const tell = (...entries: readonly Entry[]) => {
  const step = decisionsStep(emptyTrust);
  let state = initialDecisions;
  const effects: Effect[] = [];
  for (const [index, entry] of entries.entries()) {
    const turn = step(state, { type: "entry.committed", term: 1, index, leader: 1, entry });
    state = turn.state;
    effects.push(...turn.effects);
  }
  const bodies = effects.flatMap((effect) =>
    effect.type === "send" && effect.to === "workflow" ? [effect.body] : [],
  );
  const outcomes = bodies.flatMap((body) => (body.type === "decision.settled" ? [body.outcome] : []));
  return {
    rounds: bodies.flatMap((body) =>
      body.type === "round.opened" ? [`${body.round} ${body.kind} ${body.outcome.reason}`] : [],
    ),
    outcome: outcomes[0],
    told: outcomes.length,
    open: Object.keys(state.open),
    receivers: effects.flatMap((effect) =>
      effect.type === "send" && effect.body.type === "decision.settled" ? [effect.to] : [],
    ),
  };
};

const inRound = (round: number, ballot: BallotCast): BallotCast => ({ ...ballot, round });
const agents = ["x", "y"];
const tie = [cast("x", "A", 0.9), cast("y", "B", 0.9)];
const tieIn = (round: number) => tie.map((ballot) => inRound(round, ballot));
const judge = electorOf("judy");
const majority = { rule: "majority", thresholdPpm: 900_000 } as const;

test("records of old know no further round", () => {
  const { rounds, outcome } = tell(openedWith(agents), ...tie);
  expect(rounds).toEqual([]);
  expect(outcome).toMatchObject({ settled: false, reason: "tie", option: null });
});

test("a tie gets one re-vote, then escalates; never a coin", () => {
  const opened = openedWith(agents, { rounds: 0 });
  expect(tell(opened, ...tie)).toMatchObject({ rounds: ["1 revote tie"], outcome: undefined, open: ["d"] });
  const again = tell(opened, ...tie, ...tieIn(1));
  expect(again).toMatchObject({ rounds: ["1 revote tie"], told: 1, open: [] });
  expect(again.outcome).toMatchObject({
    settled: false,
    reason: "tie",
    kind: "revote",
    earlier: [{ kind: "first" }],
  });
});

test("a re-vote may settle", () => {
  const { outcome } = tell(
    openedWith(agents, { rounds: 0 }),
    ...tie,
    ...tieIn(1).slice(0, 1),
    inRound(1, cast("y", "A", 0.9)),
  );
  expect(outcome).toMatchObject({ settled: true, option: "A" });
});

test.each([
  ["nobody moved", 2, [tie], ["1 debate tie"]],
  ["the cap is reached", 1, [[cast("x", "B", 0.9), cast("y", "A", 0.9)]], ["1 debate tie"]],
  [
    "the cap of two is reached",
    2,
    [
      [cast("x", "B", 0.9), cast("y", "A", 0.9)],
      [cast("x", "A", 0.9), cast("y", "B", 0.9)],
    ],
    ["1 debate tie", "2 debate tie"],
  ],
] as const)("a debate ends when %s", (_, rounds, later, opened) => {
  const entries = later.flatMap((ballots, at) => ballots.map((ballot) => inRound(at + 1, ballot)));
  const told = tell(openedWith(agents, { rounds }), ...tie, ...entries);
  expect(told.rounds).toEqual(opened);
  expect(told.outcome).toMatchObject({ settled: false, reason: "tie" });
});

test.each([
  ["no-quorum", [cast("x", "A", 0.9), { type: "decision.closed", decision: "d", reason: "deadline" }]],
  ["all-abstain", [cast("x", null), cast("y", null), cast("z", null)]],
] as const)("nobody debates where there is nothing to hear: %s", (reason, entries) => {
  const told = tell(openedWith(["x", "y", "z"], { rounds: 2 }), ...entries);
  expect(told).toMatchObject({ rounds: [], outcome: { reason } });
});

test("a ballot for another round, and an end of another round, change nothing", () => {
  const opened = openedWith(agents, { rounds: 1 });
  const late = tell(opened, ...tie, cast("x", "B", 0.9), {
    type: "decision.closed",
    decision: "d",
    reason: "deadline",
  });
  expect(late).toMatchObject({ rounds: ["1 debate tie"], outcome: undefined, open: ["d"] });
  const agreedLate = tell(opened, ...tie, cast("x", "A", 0.9), cast("y", "A", 0.9));
  expect(agreedLate).toMatchObject({ outcome: undefined, open: ["d"] });
  const early = tell(opened, inRound(1, cast("x", "A", 0.9)), ...tie);
  expect(early.outcome).toBeUndefined();
  const closed = tell(opened, ...tie, {
    type: "decision.closed",
    decision: "d",
    round: 1,
    reason: "deadline",
  });
  expect(closed.outcome).toMatchObject({ settled: false, reason: "no-quorum" });
});

test("another vote in another round breaks no protocol; two in one round do", () => {
  const opened = openedWith(agents, { rounds: 1 });
  const moved = tell(opened, ...tie, inRound(1, cast("x", "A", 0.9)), inRound(1, cast("y", "A", 0.9)));
  expect(moved.outcome?.ballots.map(({ status }) => status)).toEqual(["counted", "counted"]);
  const both = [
    inRound(1, cast("x", "A", 0.9)),
    inRound(1, cast("x", "B", 0.9)),
    inRound(1, cast("y", "A", 0.9)),
  ];
  const { outcome } = tell(opened, ...tie, ...both);
  expect(lessonsOf("r", opened, outcome as Outcome, "A")[0]).toMatchObject({
    conduct: "equivocated",
    right: null,
  });
});

test("the judge rules where the votes do not, and is told with the others", () => {
  const opened = openedWith(agents, { ...majority, rounds: 0, escalate: "judge", judge });
  const votes = [...tie, ...tieIn(1)];
  expect(tell(opened, ...votes).rounds).toEqual(["1 revote tie", "2 judge tie"]);
  const told = tell(opened, ...votes, inRound(2, { ...cast("judy", "B", 0.7), reason: "clear" }));
  expect(told.outcome).toMatchObject({
    settled: true,
    option: "B",
    reason: "tie",
    ruling: {
      by: "judge",
      judge: "judy",
      option: "B",
      recommended: null,
      confidencePpm: 700_000,
      reason: "clear",
    },
  });
  expect(told.receivers).toEqual(["workflow", "agent/x/d", "agent/y/d", "agent/judy/d"]);
});

test.each([
  ["abstains", inRound(1, cast("judy", null)), null],
  ["rules what nobody offered", inRound(1, cast("judy", "Z", 0.9)), null],
  ["runs out of time", { type: "decision.closed", decision: "d", round: 1, reason: "deadline" }, null],
] as const)("a judge that %s leaves it unsettled, with the reason of the votes", (_, last, option) => {
  const opened = openedWith(["x", "y", "z"], { ...majority, rounds: 0, escalate: "judge", judge });
  const votes = [cast("x", "A"), cast("y", "A"), cast("z", "B")];
  const { outcome } = tell(opened, ...votes, last);
  expect(outcome).toMatchObject({
    settled: false,
    option: "A",
    reason: "below-threshold",
    ruling: { option },
  });
});

test("only the judge rules, once", () => {
  const opened = openedWith(agents, { rule: "judge", rounds: 0, judge });
  const told = tell(
    opened,
    ...tie,
    inRound(1, cast("x", "A", 0.9)),
    inRound(1, cast("judy", "B")),
    inRound(1, cast("judy", "A")),
  );
  expect(told).toMatchObject({
    rounds: ["1 judge no-ruling"],
    told: 1,
    outcome: { settled: true, option: "B" },
  });
  expect(told.outcome?.reason).toBeUndefined();
});

test("under the rule judge the judge rules also where the voters agree", () => {
  const opened = openedWith(agents, { rule: "judge", rounds: 0, judge });
  const { outcome } = tell(opened, cast("x", "A"), cast("y", "A"), inRound(1, cast("judy", "B")));
  expect(outcome).toMatchObject({ settled: true, option: "B", ruling: { recommended: "A" } });
  expect(tell(opened, cast("x", "A"), cast("y", "A"), inRound(1, cast("judy", null))).outcome).toMatchObject({
    settled: false,
    reason: "no-ruling",
    option: "A",
  });
});

test("what waits for a person has no deadline, and takes one word", () => {
  const opened = openedWith(agents, { rounds: 0, escalate: "human" });
  const waits = [opened, ...tie, ...tieIn(1)];
  const ruled = (option: string): Entry => ({ type: "decision.ruled", decision: "d", option });
  const late: Entry = { type: "decision.closed", decision: "d", round: 2, reason: "deadline" };
  expect(tell(...waits, late, ruled("Z"), cast("x", "B"))).toMatchObject({
    rounds: ["1 revote tie", "2 person tie"],
    outcome: undefined,
    open: ["d"],
  });
  expect(tell(...waits, ruled("B"), ruled("A"))).toMatchObject({
    told: 1,
    outcome: { settled: true, option: "B", ruling: { by: "person", option: "B", recommended: null } },
  });
  expect(tell(opened, ruled("B"), ...tie).outcome).toBeUndefined();
});

const debated = (): Outcome => {
  const opened = openedWith(["x", "y", "z"], { ...majority, rounds: 1 });
  const first = [cast("x", "A", 0.6), cast("y", "B", 0.7), cast("z", "B", 0.8)];
  const second = [cast("x", "B", 0.9), cast("y", "A", 0.9), cast("z", "B", 0.9)].map((ballot) =>
    inRound(1, ballot),
  );
  const { outcome } = tell(opened, ...first, ...second);
  if (outcome === undefined) throw new Error("it did not close");
  return outcome;
};

test("only the sealed ballots teach", () => {
  const marks = lessonsOf("r", openedWith(["x", "y", "z"]), debated(), "B");
  expect(marks.slice(0, 3).map(({ option, confidencePpm, right }) => [option, confidencePpm, right])).toEqual(
    [
      ["A", 600_000, false],
      ["B", 700_000, true],
      ["B", 800_000, true],
    ],
  );
});

test("flips are counted from the first round to the last", () =>
  expect(flipsOf(debated(), "B")).toEqual({ rightToWrong: ["y"], wrongToRight: ["x"] }));

test("confidence is calibrated by what the teams of the rule came to, once there is a truth", () => {
  const opened = openedWith(["x", "y", "z"], { rule: "majority" });
  const ballots = [cast("x", "A"), cast("y", "A"), cast("z", "A")];
  const settle = (trust: typeof emptyTrust) => {
    const step = decisionsStep(trust);
    let state = initialDecisions;
    let outcome: Outcome | undefined;
    for (const [index, entry] of [opened, ...ballots].entries()) {
      const turn = step(state, { type: "entry.committed", term: 1, index, leader: 1, entry });
      state = turn.state;
      const [effect] = turn.effects;
      if (effect?.type === "send" && effect.body.type === "decision.settled") outcome = effect.body.outcome;
    }
    if (outcome === undefined) throw new Error("it did not close");
    return outcome;
  };
  const first = settle(emptyTrust);
  expect(first.calibratedPpm).toBeUndefined();
  const taught = Array.from({ length: 40 }).reduce<typeof emptyTrust>(
    (trust) =>
      lessonsOf("r", opened, first, "B")
        .filter(({ agent }) => agent === "(team)")
        .reduce((known, mark) => {
          const { agent, model } = mark;
          return withCounts(known, agent, model, withMark(countsOf(known, agent, model), mark));
        }, trust),
    emptyTrust,
  );
  const later = settle(taught);
  expect(later.confidencePpm).toBe(first.confidencePpm);
  expect(later.calibratedPpm).toBeLessThan(150_000);
});

test("a family is named once several of its members vote", () => {
  const electorate = [
    { ...electorOf("x"), model: "m1", family: "qwen" },
    { ...electorOf("y"), model: "m2", family: "qwen" },
    { ...electorOf("z"), model: "m3" },
  ];
  const { outcome } = tell(openedWith([], { electorate }), cast("x", "A"), cast("y", "A"), cast("z", "A"));
  expect(outcome?.families).toEqual([{ family: "qwen", voters: ["x", "y"], same: false }]);
  expect(outcome?.effectiveVotersPpm).toBe(1_500_000);
});
