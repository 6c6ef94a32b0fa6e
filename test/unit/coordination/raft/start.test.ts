import { expect, test } from "vitest";
import { startNode } from "../../../../coordination/raft/state.ts";
import { defaultRaftOptions, termMax } from "../../../../coordination/raft/types.ts";
import { membersOf } from "../../../../coordination/raft/turn.ts";
import { after, from, node, stored } from "./turns.ts";

const first = { id: 3, voters: [2, 1], learners: [4, 3], seed: 1 } as const;

test("the first members are the voters and learners that a node is told, in rising order", () => {
  expect(membersOf(startNode(first))).toEqual({ voters: [1, 2], outgoing: [], learners: [3, 4] });
});

test("without learners there are none", () => {
  expect(membersOf(startNode({ id: 1, voters: [1], seed: 1 })).learners).toEqual([]);
});

test("what the log or the snapshot says of the members stands above it", () => {
  const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
  const log = {
    ...stored(1, null),
    entries: [{ index: 1, term: 1, payload: { type: "members", members } as const }],
  };
  expect(membersOf(startNode({ ...first, stored: log }))).toEqual(members);
  const snapshot = { ...stored(1, null), snapshot: { index: 5, term: 1, members, length: 0 } };
  expect(membersOf(startNode({ ...first, stored: snapshot }))).toEqual(members);
});

test("a learner stands for no election, however long it hears nothing", () => {
  const ticks = Array.from({ length: 100 }, () => ({ type: "tick" }) as const);
  expect(after(startNode(first), ...ticks).role).toBe("follower");
});

test("nobody is a voter and a learner", () => {
  expect(() => startNode({ ...first, learners: [2] })).toThrow("a learner that votes");
});

test.each([
  ["an id that is no number from 1", { ...first, id: 0 }, "ids are whole numbers from 1"],
  ["a voter that is named twice", { ...first, voters: [1, 1] }, "named twice"],
  [
    "election timeouts that are all equal",
    { ...first, options: { electionTicks: 1 } },
    "electionTicks is a whole number from 2",
  ],
  [
    "a leader that speaks too late",
    { ...first, options: { heartbeatTicks: 5, electionTicks: 5 } },
    "heartbeatTicks, 5, is below electionTicks, 5",
  ],
  ["a seed that is no number", { ...first, seed: Number.NaN }, "a seed is a number: NaN"],
  [
    "a vote for nobody who could be",
    { ...first, stored: stored(2, -3) },
    "a stored vote is an id or null: -3",
  ],
  [
    "an option that is not there",
    { ...first, options: Object.fromEntries([["electionTick", 20]]) },
    "there is no option electionTick; there are electionTicks, heartbeatTicks,",
  ],
  ["half a tick", { ...first, options: { heartbeatTicks: 0.5 } }, "heartbeatTicks is a whole number from 1"],
  [
    "nothing to take a snapshot of",
    { ...first, options: { snapshotEvery: 0 } },
    "snapshotEvery is a whole number from 1",
  ],
  [
    "chunks without a character",
    { ...first, options: { chunkCharsMax: 0 } },
    "chunkCharsMax is a whole number from 1",
  ],
  [
    "a window without room",
    { ...first, options: { inFlightCharsMax: 0 } },
    "inFlightCharsMax is a whole number from 1",
  ],
  [
    "a window of no appends",
    { ...first, options: { inFlightAppendsMax: 0 } },
    "inFlightAppendsMax is a whole number from 1",
  ],
  ["a learner that is named twice", { ...first, learners: [4, 4] }, "named twice"],
  ["less than nothing", { ...first, options: { readsMax: -1 } }, "readsMax is a whole number from 0"],
  [
    "a stored term below that of the log",
    { ...first, stored: stored(1, null, 1, 2) },
    "is below that of the log",
  ],
  ["stored terms that fall", { ...first, stored: stored(2, null, 2, 1) }, "fall at entry 2"],
  ["a stored term beyond counting", { ...first, stored: stored(2 ** 53, null) }, "a whole number"],
])("refused at the start: %s", (_, wrong, says) => {
  expect(() => startNode(wrong)).toThrow(says);
});

test("entries that stay from before the snapshot keep no node from starting, whatever their terms", () => {
  const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
  const disk = { ...stored(3, null, 1, 2, 2, 3), snapshot: { index: 3, term: 2, members, length: 0 } };
  expect(node(disk)).toMatchObject({ term: 3, commit: 3, stable: 4, log: { base: 3, length: 1 } });
});

test("what is sent by default fits one message of a NATS server, also where each character has three bytes", () => {
  const { commandCharsMax, appendCharsMax, chunkCharsMax } = defaultRaftOptions;
  for (const chars of [commandCharsMax, appendCharsMax, chunkCharsMax])
    expect(3 * chars).toBeLessThan(1024 * 1024);
});

test("in the last term of all nobody stands any more, and a term beyond it is none", () => {
  const last = node(stored(termMax, 2));
  const ticks = Array.from({ length: 100 }, () => ({ type: "tick" }) as const);
  expect(after(last, { type: "campaign" }, ...ticks)).toMatchObject({
    role: "follower",
    term: termMax,
    vote: 2,
  });
  expect(after(last, from(2, { type: "timeoutNow", term: termMax }))).toMatchObject({
    term: termMax,
    vote: 2,
  });
  for (const term of [termMax + 1, Number.POSITIVE_INFINITY, Number.NaN, 1.5])
    expect(after(node(), from(2, { type: "heartbeat", term, commit: 0, read: 0 })).term).toBe(0);
});
