import { expect, test } from "vitest";
import {
  CLOSED_GENERATION,
  EARLY_BALLOTS_MAX,
  decisionsStep,
  initialDecisions,
} from "../../../../coordination/decisions.ts";
import type { DecisionsState } from "../../../../coordination/decisions.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { cast, openedWith, team } from "./builders.ts";

const step = decisionsStep(team);
const committed = (index: number, entry: Entry): Message => ({
  type: "entry.committed",
  term: 3,
  index,
  leader: 1,
  entry,
});

const run = (entries: readonly Entry[], from: DecisionsState = initialDecisions) => {
  let state = from;
  const effects: Effect[] = [];
  for (const entry of entries) {
    const turn = step(state, committed(state.index + 1, entry));
    state = turn.state;
    effects.push(...turn.effects);
  }
  return { state, effects };
};

const opened = openedWith(["a", "e"]);
const both = [cast("a", "A", 0.9), cast("e", "A", 0.9)];
const told = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "send" ? [effect.to] : []));

test("an abstention said for an elector that failed never voids its own ballot, in either order", () => {
  const three = openedWith(["a", "b", "e"]);
  const crashed: Entry = {
    type: "ballot.cast",
    decision: "d",
    voter: "a",
    option: null,
    onBehalf: true,
    reason: "crashed",
  };
  const own = cast("a", "A", 0.9);
  const rest = [cast("b", "A", 0.9), cast("e", "A", 0.9)];
  const ballotOfA = (entries: readonly Entry[]) => {
    const [first] = run(entries).effects;
    if (first?.type !== "send" || first.body.type !== "decision.settled") return undefined;
    return first.body.outcome.ballots.find(({ voter }) => voter === "a");
  };
  expect(ballotOfA([three, own, crashed, ...rest])).toMatchObject({ status: "counted", option: "A" });
  expect(ballotOfA([three, crashed, own, ...rest])).toMatchObject({ status: "counted", option: "A" });
  expect(ballotOfA([three, crashed, ...rest])).toMatchObject({ status: "abstained", reason: "crashed" });
});

test("the last ballot closes the decision and everyone concerned is told once", () => {
  const { state, effects } = run([opened, ...both]);
  expect(told(effects)).toEqual(["workflow", "agent/a/d", "agent/e/d"]);
  expect(effects[0]).toMatchObject({
    body: { type: "decision.settled", outcome: { settled: true, term: 3, index: 2 } },
  });
  expect(state).toEqual({ index: 2, open: {}, early: [], closed: { older: [], newer: ["d"] } });
});

test("an abstention answers too", () => {
  const { effects } = run([opened, cast("a", null), cast("e", null)]);
  expect(effects[0]).toMatchObject({ body: { outcome: { settled: false, reason: "all-abstain" } } });
});

test("nothing closes early", () => expect(run([opened, cast("a", "A", 0.9)]).effects).toEqual([]));

test("a stranger's ballot does not count", () => {
  expect(run([opened, cast("a", "A", 0.9), cast("stranger", "B", 0.9)]).effects).toEqual([]);
});

test("the deadline closes with what is there", () => {
  const { effects } = run([
    opened,
    cast("a", "A", 0.9),
    { type: "decision.closed", decision: "d", reason: "deadline" },
  ]);
  expect(effects[0]).toMatchObject({
    body: { outcome: { settled: false, reason: "no-quorum", option: "A" } },
  });
});

test("ballots committed before their decision count when it opens", () => {
  const { state, effects } = run([...both, opened]);
  expect(told(effects)).toHaveLength(3);
  expect(state.early).toEqual([]);
});

test("of ballots that came early the newest are kept, and none of a later round", () => {
  const strays = Array.from({ length: EARLY_BALLOTS_MAX }, (_, at) => ({
    ...cast("a", "B"),
    decision: `never[${at}]`,
  }));
  expect(told(run([...strays, ...both, opened]).effects)).toHaveLength(3);
  expect(told(run([...both, ...strays.slice(2), opened]).effects)).toHaveLength(3);
  expect(run([...both, ...strays, opened]).effects).toEqual([]);
  expect(run([...both.map((ballot) => ({ ...ballot, round: 1 })), opened]).effects).toEqual([]);
});

test("a decision stays closed while another 255 close after it", () => {
  let { state } = run([]);
  const closing = (at: number) => [opened, ...both].map((entry) => ({ ...entry, decision: `d[${at}]` }));
  for (let at = 0; at < 3 * CLOSED_GENERATION; at += 1) {
    ({ state } = run(closing(at), state));
    const oldest = Math.max(0, at - CLOSED_GENERATION + 1);
    for (const known of [at, oldest]) expect(run(closing(known), state).effects).toEqual([]);
  }
});

test("what comes after the end changes nothing but the index", () => {
  const { state } = run([opened, ...both]);
  const late: readonly Entry[] = [
    cast("a", "B"),
    opened,
    { type: "decision.closed", decision: "d", reason: "deadline" },
  ];
  expect(run(late, state)).toEqual({ state: { ...state, index: state.index + 3 }, effects: [] });
});

test("an index that was seen is dropped", () => {
  const { state } = run([opened, cast("a", "A", 0.9)]);
  expect(step(state, committed(1, cast("e", "B")))).toEqual({ state, effects: [] });
});

test("other messages are none of its business", () => {
  expect(step(initialDecisions, { type: "run.started" })).toEqual({ state: initialDecisions, effects: [] });
});

test("an electorate of none escalates at once", () => {
  expect(run([openedWith([])]).effects[0]).toMatchObject({
    body: { outcome: { reason: "no-quorum", option: null } },
  });
});

test("a step leaves the state it was given alone", () => {
  const freeze = <Value>(value: Value): Value => {
    if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  let state = freeze(initialDecisions);
  for (const [index, entry] of [cast("e", "A"), opened, cast("x", "A"), ...both].entries()) {
    state = freeze(step(state, committed(index, entry)).state);
  }
  expect(state.closed.newer).toEqual(["d"]);
});

test("twenty thousand decisions leave a small state, also when late ballots come for each", () => {
  let state = initialDecisions;
  let outcomes = 0;
  const take = (entry: Entry): void => {
    const turn = step(state, committed(state.index + 1, entry));
    state = turn.state;
    if (turn.effects.length > 0) outcomes += 1;
  };
  for (let at = 0; at < 20_000; at += 1) {
    const decision = `label[${at}]`;
    take({ ...opened, decision });
    for (const ballot of both) take({ ...ballot, decision });
    take({ ...cast("a", "B"), decision: `label[${at - 20}]` });
    take({ ...cast("a", "B"), decision: `label[${at - 2_000}]` });
  }
  expect(outcomes).toBe(20_000);
  expect(state.open).toEqual({});
  expect(state.early).toHaveLength(EARLY_BALLOTS_MAX);
  expect(state.closed.older.length + state.closed.newer.length).toBeLessThanOrEqual(2 * CLOSED_GENERATION);
  expect(JSON.stringify(state).length).toBeLessThan(50_000);
});

test("a state survives a snapshot", () => {
  const before = run([cast("e", "A", 0.9), openedWith(["a", "b"]), cast("a", "A", 0.9)]).state;
  const after: DecisionsState = JSON.parse(JSON.stringify(before));
  expect(run([cast("b", "A", 0.9)], after)).toEqual(run([cast("b", "A", 0.9)], before));
});
