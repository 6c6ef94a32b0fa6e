import fc from "fast-check";
import { expect, test } from "vitest";
import { busyTime, windowSeconds } from "../../../../observability/metrics/busy-time.ts";

const startUs = 1_763_700_000_000_000;

test.each([
  ["nothing yet", [], 10, 0],
  ["all of the time", [[0, 10]], 10, 1],
  ["half of the time", [[2, 7]], 10, 0.5],
  [
    "parts of one second",
    [
      [0.25, 0.5],
      [0.75, 1],
    ],
    1,
    0.5,
  ],
  ["a minute ago, and not since", [[0, 30]], 95, 0],
  ["longer than it reaches back", [[0, 200]], 200, 1],
] as const)("busy: %s", (_, stretches, nowSeconds, share) => {
  const busy = busyTime();
  for (const [from, to] of stretches) busy.add(startUs + from * 1e6, startUs + to * 1e6);
  expect(busy.share(startUs, startUs + nowSeconds * 1e6)).toBeCloseTo(share, 9);
});

test("the share is the busy part of the window, to the microsecond", () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9e6 }), fc.integer({ min: 0, max: 9e6 })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(gaps, (pairs) => {
      const busy = busyTime();
      const stretches: (readonly [number, number])[] = [];
      let atUs = startUs;
      for (const [idleUs, busyUs] of pairs) {
        stretches.push([atUs + idleUs, atUs + idleUs + busyUs]);
        atUs += idleUs + busyUs;
        busy.add(atUs - busyUs, atUs);
      }
      const nowUs = atUs + 1;
      const fromUs = Math.max(startUs, (Math.floor(nowUs / 1e6) - windowSeconds + 1) * 1e6);
      const us = stretches.reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, fromUs)), 0);
      expect(busy.share(startUs, nowUs)).toBeCloseTo(us / (nowUs - fromUs), 9);
    }),
  );
});
