import { expect, test } from "vitest";
import { startNode } from "../../../../coordination/raft/state.ts";
import { membersOf } from "../../../../coordination/raft/turn.ts";
import { after, stored } from "./turns.ts";

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
