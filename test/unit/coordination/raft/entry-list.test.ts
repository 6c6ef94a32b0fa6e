import fc from "fast-check";
import { expect, test } from "vitest";
import {
  countOf,
  emptyList,
  entryAt,
  firstOf,
  listWith,
  placesBetween,
} from "../../../../coordination/raft/entry-list.ts";
import type { Entry } from "../../../../coordination/raft/types.ts";
import { command } from "./turns.ts";

const change = fc.oneof(
  fc.record({ add: fc.oneof(fc.nat(3), fc.nat(100)) }),
  fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ back: fc.nat(5) }),
);

test("a list is what an array would be that is copied each time, also each earlier list", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), fc.nat(), fc.nat(), (changes, from, to) => {
      const lists = [{ list: emptyList, array: [] as readonly Entry[] }];
      for (const [at, each] of changes.entries()) {
        const back = "back" in each ? lists[Math.max(0, lists.length - 1 - each.back)] : lists.at(-1);
        const { list, array } = back ?? { list: emptyList, array: [] };
        const count = "keep" in each ? Math.floor(each.keep * array.length) : array.length;
        const added = Array.from({ length: "add" in each ? each.add : 0 }, (_, place) => command(place, at));
        lists.push({
          list: listWith(firstOf(list, count), added),
          array: [...array.slice(0, count), ...added],
        });
      }
      for (const { list, array } of lists) {
        const [start, end] = [from % (array.length + 1), to % (array.length + 1)].sort((a, b) => a - b);
        expect(countOf(list)).toBe(array.length);
        expect(placesBetween(list, 0, array.length)).toEqual(array);
        expect(placesBetween(list, start ?? 0, end ?? 0)).toEqual(array.slice(start, end));
        expect(entryAt(list, start ?? 0)).toBe(array[start ?? 0]);
        expect([entryAt(list, -1), entryAt(list, array.length)]).toEqual([undefined, undefined]);
      }
    }),
  );
});
