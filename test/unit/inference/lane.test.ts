import fc from "fast-check";
import { expect, test } from "vitest";
import {
  emptyLane,
  everyone,
  heads,
  join,
  leave,
  queueOf,
  withdraw,
  type Lane,
} from "../../../inference/scheduling/lane.ts";

const deed = fc.tuple(
  fc.constantFrom("join", "join", "join", "leave", "withdraw"),
  fc.constantFrom("ada", "bob", "__proto__"),
  fc.nat(),
);

const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

test("each agent's requests leave in the order in which they came, but for those that are withdrawn", () => {
  const law = fc.property(fc.array(deed, { maxLength: 400 }), (deeds) => {
    const plain = new Map<string, number[]>();
    let lane: Lane<number> = emptyLane;
    for (const [at, [type, agent, pick]] of deeds.entries()) {
      const own = plain.get(agent) ?? [];
      plain.set(agent, own);
      if (type === "join") {
        own.push(at);
        lane = join(lane, agent, at);
      } else if (type === "leave") {
        own.shift();
        lane = leave(lane, agent);
      } else {
        const [gone] = own.splice(pick % Math.max(1, own.length), 1);
        lane = withdraw(lane, agent, (item) => item === gone);
      }
      const waiting = [...plain].filter(([, items]) => items.length > 0);
      expect(new Set(Object.keys(lane.queues))).toEqual(new Set(waiting.map(([name]) => name)));
      expect(lane.length).toBe(waiting.flatMap(([, items]) => items).length);
      expect(queueOf(lane, agent).length).toBe(own.length);
      expect(sorted(heads(lane))).toEqual(sorted(waiting.map(([, [first = -1]]) => first)));
    }
    expect(sorted(everyone(lane))).toEqual(sorted([...plain.values()].flat()));
  });
  fc.assert(law, { numRuns: 50 });
});

test("a long queue is left one by one, in the order in which it was joined", () => {
  const numbers = Array.from({ length: 100 }, (_, at) => at);
  let lane = numbers.reduce<Lane<number>>((joined, at) => join(joined, "ada", at), emptyLane);
  for (const at of numbers) {
    expect([everyone(lane), heads(lane)]).toEqual([numbers.slice(at), [at]]);
    lane = leave(lane, "ada");
  }
  expect(lane).toEqual(emptyLane);
});
