import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentIds } from "../../../../actors/runtime/recent-ids.ts";

test("the last ids of a window are always known, and no more than twice as many", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 200 }), (window, count) => {
      const ids = new RecentIds(window);
      for (let id = 0; id < count; id += 1) ids.add(String(id));
      const known = Array.from({ length: count }, (_, id) => ids.has(String(id)));
      expect(known.slice(-window).every(Boolean)).toBe(true);
      expect(known.filter(Boolean).length).toBeLessThanOrEqual(2 * window);
    }),
  );
});
