import { expect, test } from "vitest";
import { drawTimeout } from "../../../../coordination/raft/jitter.ts";

const draws = (seed: number, node: number, count: number, electionTicks = 10) =>
  Array.from({ length: count }, (_, draw) => drawTimeout(seed, node, draw, electionTicks));

test.each([1, 2, 10, 1000])("a timeout is longer than %d ticks and at most twice that", (electionTicks) => {
  for (const timeout of draws(3, 1, 500, electionTicks)) {
    expect(Number.isInteger(timeout)).toBe(true);
    expect(timeout).toBeGreaterThan(electionTicks);
    expect(timeout).toBeLessThanOrEqual(2 * electionTicks);
  }
});

test("the same seed, node and draw give the same timeout on every machine", () => {
  expect(draws(1, 1, 8)).toEqual([13, 13, 17, 15, 20, 14, 18, 16]);
  expect(draws(1, 2, 8)).toEqual([16, 16, 20, 20, 19, 17, 15, 15]);
  expect(draws(-5, 1, 8)).toEqual([17, 17, 18, 16, 18, 13, 12, 20]);
});

test("every length is drawn, and none much oftener than another", () => {
  const counts = new Map<number, number>();
  for (const timeout of draws(7, 3, 10_000)) counts.set(timeout, (counts.get(timeout) ?? 0) + 1);
  expect(counts.size).toBe(10);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test("two nodes draw apart soon, whatever the seed", () => {
  for (let seed = 0; seed < 500; seed += 1) {
    const [one, two] = [draws(seed, 1, 8), draws(seed, 2, 8)];
    expect(one.some((timeout, at) => Math.abs(timeout - (two[at] ?? 0)) > 1)).toBe(true);
  }
});
