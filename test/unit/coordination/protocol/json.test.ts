import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../../../coordination/protocol/json.ts";

test("the order in which members were set does not show", () => {
  expect(canonical({ b: 1, a: { d: [1, "x"], c: null } })).toBe('{"a":{"c":null,"d":[1,"x"]},"b":1}');
  expect(canonical({ a: { c: null, d: [1, "x"] }, b: 1 })).toBe('{"a":{"c":null,"d":[1,"x"]},"b":1}');
});

test("an undefined member is absent", () => expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}'));

test.each([Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, 1n])(
  "%s has no canonical form",
  (value) => {
    expect(() => canonical({ value: [value] })).toThrow(TypeError);
  },
);

test("the canonical form is JSON of the same data", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(JSON.parse(canonical(plain))).toEqual(plain);
    }),
  );
});

/** The same by the plainest means. */
const plainly = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(plainly).join(",")}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${plainly(member)}`).join(",")}}`;
};

test("keys are sorted by code unit and texts written as JSON writes them, however many and strange", () => {
  const strange = fc.oneof(
    fc.string({ unit: "binary", maxLength: 5 }),
    fc.constantFrom('"', "\\", "\u007f", "é", "\ud800"),
  );
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      strange,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      tie("list"),
      tie("record"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    record: fc.dictionary(strange, tie("value"), { maxKeys: 24, noNullPrototype: true }),
  })).record;
  fc.assert(
    fc.property(value, (record) => {
      expect(canonical(record)).toBe(plainly(record));
    }),
  );
});
