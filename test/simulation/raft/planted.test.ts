import { expect, test } from "vitest";
import type { Planted } from "./cluster.ts";
import { numbersOf, commandOf, shrink } from "./shrink.ts";
import { raftStormOf } from "./storm.ts";
import { weatherRaft } from "./weather.ts";

// A simulation that never fails proves nothing: each fault of a host must be found within so many seeds.
const seedsMax = 100;

const faults: readonly (readonly [string, Planted, RegExp])[] = [
  ["messages do not wait for the disk", { hasty: true }, /before that is on its disk|before its own|on disk/],
  ["the disk says that it has written what it has not", { lyingDisk: true }, /on disk/],
  ["a disk does its writes out of order", { disorder: true }, /a log that ends at|keeps other|falls/],
  [
    "a node forgets its vote when it restarts",
    { forgetful: true },
    /votes for \d+ and for|write its term and vote/,
  ],
  ["a leader answers reads without asking anybody", { staleReads: true }, /has no order/],
  ["a command that comes again is applied again", { noSessions: true }, /has no order/],
];

test.each(faults)("found: %s", (_, planted, says) => {
  const heard = new Set<string>();
  for (let seed = 0; seed < seedsMax; seed += 1) {
    const { wrong } = weatherRaft(raftStormOf(seed), planted);
    if (wrong !== null && says.test(wrong)) return;
    if (wrong !== null) heard.add(wrong.slice(0, 200));
  }
  expect.fail(`not found by ${seedsMax} seeds; what was said instead: ${[...heard].join("; ")}`);
});

test("a failing storm is shrunk to one that fails alike, and the command names it", () => {
  const failed = firstFailure({ forgetful: true });
  const small = shrink(failed, { forgetful: true });
  expect(small.events).toBeLessThanOrEqual(failed.events);
  expect(small.storm.without.size).toBeGreaterThan(0);
  const command = commandOf(small);
  const without = /--without ([\d,-]+)/.exec(command)?.[1] ?? "";
  const again = weatherRaft(
    { ...raftStormOf(small.storm.seed, small.storm.events), without: numbersOf(without) },
    { forgetful: true },
  );
  expect([again.wrong, again.digest]).toEqual([small.wrong, small.digest]);
});

const firstFailure = (planted: Planted) => {
  for (let seed = 0; seed < seedsMax; seed += 1) {
    const report = weatherRaft(raftStormOf(seed), planted);
    if (report.wrong !== null) return report;
  }
  return expect.fail("no failure to shrink");
};
