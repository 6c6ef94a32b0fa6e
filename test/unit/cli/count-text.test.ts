import fc from "fast-check";
import { expect, test } from "vitest";
import { countText } from "../../../cli/count-text.ts";

test("whole numbers are grouped as in English", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -10_000, max: 10_000 })), (count) => {
      expect(countText(count)).toBe(count.toLocaleString("en"));
    }),
  );
});
