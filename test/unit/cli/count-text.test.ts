import fc from "fast-check";
import { expect, test } from "vitest";
import { countOf, countText } from "../../../cli/count-text.ts";

test("whole numbers are grouped as in English", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -10_000, max: 10_000 })), (count) => {
      expect(countText(count)).toBe(count.toLocaleString("en"));
    }),
  );
});

test.each([
  [0, "0 items"],
  [1, "1 item"],
  [1234, "1,234 items"],
])("%i of a thing are %s", (count, words) => expect(countOf(count, "item")).toBe(words));
