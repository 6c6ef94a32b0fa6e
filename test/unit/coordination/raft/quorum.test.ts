import fc from "fast-check";
import { expect, test } from "vitest";
import { hasQuorum, quorumValue } from "../../../../coordination/raft/quorum.ts";
import type { Members, NodeId } from "../../../../coordination/raft/types.ts";
import { often } from "../../../support/deep.ts";

// A second implementation, as slow and as plain as the definition: a quorum is a set that meets every other quorum.

const subsets = (ids: readonly NodeId[]): readonly (readonly NodeId[])[] =>
  ids.reduce<readonly (readonly NodeId[])[]>(
    (sets, id) => [...sets, ...sets.map((set) => [...set, id])],
    [[]],
  );

const majorities = (ids: readonly NodeId[]): readonly (readonly NodeId[])[] =>
  subsets(ids).filter((set) => set.length > ids.length - set.length);

const naiveHasQuorum = ({ voters, outgoing }: Members, yes: ReadonlySet<NodeId>): boolean =>
  [voters, ...(outgoing.length === 0 ? [] : [outgoing])].every((ids) =>
    majorities(ids).some((majority) => majority.every((id) => yes.has(id))),
  );

/** The highest value such that a quorum has at least that. */
const naiveQuorumValue = (members: Members, values: ReadonlyMap<NodeId, number>): number =>
  Math.max(
    0,
    ...[...values.values()].filter((least) =>
      naiveHasQuorum(members, new Set([...values].filter(([, value]) => value >= least).map(([id]) => id))),
    ),
  );

const ids = fc
  .uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 6 })
  .map((each) => each.sort((a, b) => a - b));
const members: fc.Arbitrary<Members> = fc.record({ voters: ids, outgoing: ids, learners: ids });
const values = fc
  .array(fc.integer({ min: 0, max: 5 }), { minLength: 9, maxLength: 9 })
  .map((each) => new Map(each.map((value, at) => [at + 1, value])));
const numRuns = often(500, 20_000);

test("who says yes is a quorum exactly when it holds a majority of the voters and of the outgoing ones", () => {
  fc.assert(
    fc.property(members, ids, (members, yes) => {
      expect(hasQuorum(members, (id) => yes.includes(id))).toBe(naiveHasQuorum(members, new Set(yes)));
    }),
    { numRuns },
  );
});

test("the value of a quorum is the highest that one has reached", () => {
  fc.assert(
    fc.property(members, values, (members, values) => {
      fc.pre(members.voters.length > 0);
      expect(quorumValue(members, (id) => values.get(id) ?? 0)).toBe(naiveQuorumValue(members, values));
    }),
    { numRuns },
  );
});

test("two quorums of the same members always share a voter", () => {
  fc.assert(
    fc.property(members, ids, ids, (members, one, other) => {
      fc.pre(members.voters.length > 0);
      fc.pre(hasQuorum(members, (id) => one.includes(id)) && hasQuorum(members, (id) => other.includes(id)));
      expect(one.some((id) => other.includes(id) && members.voters.includes(id))).toBe(true);
    }),
    { numRuns },
  );
});

test("a step of a joint change shares a voter of every quorum with the step before", () => {
  fc.assert(
    fc.property(ids, ids, ids, ids, (old, next, one, other) => {
      fc.pre(old.length > 0 && next.length > 0);
      const steps: readonly Members[] = [
        { voters: old, outgoing: [], learners: [] },
        { voters: next, outgoing: old, learners: [] },
        { voters: next, outgoing: [], learners: [] },
      ];
      steps.slice(1).forEach((step, at) => {
        const before = steps[at];
        if (before === undefined || !hasQuorum(before, (id) => one.includes(id))) return;
        if (hasQuorum(step, (id) => other.includes(id)))
          expect(one.some((id) => other.includes(id))).toBe(true);
      });
    }),
    { numRuns },
  );
});

test("learners never count, and nobody votes where there are no voters", () => {
  fc.assert(
    fc.property(members, ids, (members, learners) => {
      const says = (id: NodeId) => id % 2 === 0;
      expect(hasQuorum({ ...members, learners }, says)).toBe(hasQuorum({ ...members, learners: [] }, says));
    }),
  );
  const nobody: Members = { voters: [], outgoing: [], learners: [1, 2, 3] };
  expect(hasQuorum(nobody, () => true)).toBe(false);
  expect(quorumValue(nobody, () => 7)).toBe(0);
});

test.each([
  ["one of one", [1], [], [1], true],
  ["one of two is none", [1, 2], [], [1], false],
  ["two of two", [1, 2], [], [1, 2], true],
  ["two of three", [1, 2, 3], [], [1, 3], true],
  ["two of four never", [1, 2, 3, 4], [], [1, 2], false],
  ["three of four", [1, 2, 3, 4], [], [1, 2, 4], true],
  ["the new majority alone is none while old voters go out", [1, 2, 3], [4, 5, 6], [1, 2, 3], false],
  ["the old majority alone is none", [1, 2, 3], [4, 5, 6], [4, 5, 6], false],
  ["both majorities are one", [1, 2, 3], [3, 4, 5], [2, 3, 4], true],
] as const)("%s", (_, voters, outgoing, yes: readonly number[], expected) => {
  expect(hasQuorum({ voters, outgoing, learners: [] }, (id) => yes.includes(id))).toBe(expected);
});
