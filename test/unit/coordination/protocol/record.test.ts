import fc from "fast-check";
import { expect, test } from "vitest";
import { copyOf, withMember, withoutMember } from "../../../../coordination/protocol/record.ts";

const key = fc.oneof(fc.constantFrom("__proto__", "constructor", "7", "a", "b"), fc.string({ maxLength: 3 }));
const record = fc.array(fc.tuple(key, fc.nat()), { maxLength: 40 }).map(Object.fromEntries<number>);

/** Members with their order, as JSON would write them. */
const members = (value: object): unknown => [
  Object.getPrototypeOf(value) === Object.prototype,
  Object.entries(value),
];

test("copies are what spreading makes, whatever the keys, and leave the record as it was", () => {
  fc.assert(
    fc.property(record, key, fc.nat(), (before, name, value) => {
      const kept = Object.entries(before);
      const { [name]: _, ...rest } = before;
      expect(members(copyOf(before))).toEqual(members({ ...before }));
      expect(members(withMember(before, name, value))).toEqual(members({ ...before, [name]: value }));
      expect(members(withoutMember(before, name))).toEqual(members(rest));
      expect(Object.entries(before)).toEqual(kept);
    }),
  );
});
