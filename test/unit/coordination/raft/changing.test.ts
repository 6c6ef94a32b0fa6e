import { expect, test } from "vitest";
import type { RaftInput } from "../../../../coordination/raft/io.ts";
import { raftStep } from "../../../../coordination/raft/step.ts";
import { membersOf } from "../../../../coordination/raft/turn.ts";
import { after, from, leader } from "./turns.ts";

const change = (voters: readonly number[], learners: readonly number[] = []): RaftInput => ({
  type: "changeMembers",
  id: "m",
  voters,
  learners,
});
const proposal: RaftInput = { type: "propose", commands: [{ id: "c", data: "d" }] };
const accepted = (sender: number, match: number) => from(sender, { type: "appendAccepted", term: 1, match });

test("members are listed in rising order, whatever the order in which they were told", () => {
  expect(membersOf(after(leader(), change([5, 1, 4], [7, 6])))).toEqual({
    voters: [1, 4, 5],
    outgoing: [1, 2, 3],
    learners: [6, 7],
  });
  // The same voters in another order are the same voters, and need no step in between.
  expect(membersOf(after(leader(), change([3, 1, 2], [4])))).toEqual({
    voters: [1, 2, 3],
    outgoing: [],
    learners: [4],
  });
});

test("a transfer to a voter that leaves is given up at once, and proposals are taken again", () => {
  const joint = after(leader(), change([1, 2]), { type: "transfer", id: "t", to: 3 });
  expect(joint.transfer).toMatchObject({ to: 3 });
  const left = after(joint, { type: "persisted", upTo: 3 }, accepted(2, 2));
  expect(membersOf(left)).toEqual({ voters: [1, 2], outgoing: [], learners: [] });
  expect(raftStep(left, proposal).effects.at(-1)).toMatchObject({ type: "accepted" });
});
