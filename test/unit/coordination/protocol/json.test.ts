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
