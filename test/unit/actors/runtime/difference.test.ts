import fc from "fast-check";
import { expect, test } from "vitest";
import { firstDifference } from "../../../../actors/runtime/difference.ts";

test.each([
  ["equal data", { a: [1, { b: null }] }, { a: [1, { b: null }] }, undefined],
  ["absent and undefined are the same", { a: 1, b: undefined }, { a: 1 }, undefined],
  [
    "a changed word",
    { e: [{ p: "x" }] },
    { e: [{ p: "y" }] },
    { path: "e[0].p", recorded: "x", replayed: "y" },
  ],
  ["a missing member", { a: 1 }, {}, { path: "a", recorded: 1, replayed: undefined }],
  ["a longer list", [1], [1, 2], { path: "[1]", recorded: undefined, replayed: 2 }],
  ["a zero has no sign in JSON", { a: 0 }, { a: -0 }, undefined],
  ["a list is no object", { a: [] }, { a: {} }, { path: "a", recorded: [], replayed: {} }],
])("%s", (_, recorded, replayed, expected) => {
  expect(firstDifference(recorded, replayed)).toEqual(expected);
});

test("data differ exactly if their JSON differs", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const [one, other]: unknown[] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
      // As a replay compares: what was read back with what was never written.
      expect(firstDifference(one, a)).toBeUndefined();
      expect(firstDifference(one, other) === undefined).toBe(sorted(one) === sorted(other));
    }),
  );
});

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
