import { expect, test } from "vitest";
import { laneRow } from "../../../../cli/report/lane.ts";
import { markupText } from "../../../../cli/report/markup.ts";
import { timeScale } from "../../../../cli/report/time-scale.ts";
import type { Bar } from "../../../../observability/report/bar.ts";

const item = (startUs: number, endUs: number, more: Partial<Bar> = {}): Bar => ({
  id: `${startUs}`,
  parent: "run",
  unit: "step",
  label: "[]",
  path: `all[${startUs}]`,
  startUs,
  endUs,
  failure: undefined,
  unfinished: false,
  ...more,
});

const rowOf = (bars: readonly Bar[]): string => {
  const lane = { unit: "step", label: "[]", depth: 1, bars, inside: [], critical: [] } as const;
  return markupText(laneRow(lane, timeScale(0, 100_000, []), [])).replace(/\s+/g, " ");
};

const many = (count: number, length: number): readonly Bar[] =>
  Array.from({ length: count }, (_, at) => item(at * 1000, at * 1000 + length));
const redBars = (row: string): number => row.split('class="bar failed"').length - 1;
/** How high the red is, from 0 to 100, in each part of the axis. */
const red = (row: string): readonly number[] => {
  const path = /<g class="failed".*?<path class="area" d="M0 100(.*?)H\d+V100z"/.exec(row)?.[1] ?? "";
  return [...path.matchAll(/V([\d.]+)/g)].map(([, y]) => 100 - Number(y));
};

test("one that failed among many at once is as high as its part of them", () => {
  const row = rowOf([...many(19, 50_000), item(500, 99_000, { failure: "no" })]);
  expect(redBars(row)).toBe(0);
  const heights = red(row);
  expect(heights[60]).toBeCloseTo(5, 0);
  expect(heights[140]).toBeCloseTo(100, 0);
  expect(heights.at(-1)).toBeLessThan(100);
  expect(row).toContain("all[500] · no");
});

test.each([
  ["that nothing else ran beside", [item(0, 1000), item(1000, 2000, { failure: "no" })], 1],
  ["beside others that failed", [item(0, 2000, { failure: "no" }), item(1000, 3000, { failure: "no" })], 2],
])("one %s is red itself", (_, bars, count) => {
  const row = rowOf(bars);
  expect(redBars(row)).toBe(count);
  expect(red(row)).toEqual([]);
});

test("those that never ended are counted, and stand in no figure", () => {
  const row = rowOf([item(0, 1000), item(0, 90_000, { unfinished: true })]);
  expect(row).toContain("1 unfinished</small>");
  expect(row.match(/>1\.00 ms<\/div>/g)).toHaveLength(3);
  const none = rowOf(many(2, 9000).map((bar) => ({ ...bar, unfinished: true })));
  expect(none.match(/>–<\/div>/g)).toHaveLength(3);
  expect(rowOf([item(0, 90_000, { unfinished: true })])).toMatch(/<small>unfinished<.*>90\.0 ms<\/div>/);
});
