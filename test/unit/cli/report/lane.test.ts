import { expect, test } from "vitest";
import { areaChart, laneRow } from "../../../../cli/report/lane.ts";
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

test("of more than are drawn one by one, red is as high as those that failed among the most at once", () => {
  const failed = Array.from({ length: 20 }, (_, at) => item(at, 50_000, { failure: "no" }));
  const row = rowOf([...Array.from({ length: 60 }, (_, at) => item(at, 100_000)), ...failed]);
  const heights = red(row);
  expect(heights[30]).toBeCloseTo(25, 0);
  expect(heights[140]).toBe(0);
});

test("what was at work at the very end of the axis is drawn before it, as are marks of failures", () => {
  const places = (bars: readonly Bar[], mark: RegExp) =>
    Array.from(rowOf(bars).matchAll(mark), ([, x, width]) => Number(x) + Number(width));
  const last = item(100_000, 100_000, { failure: "no" });
  expect(places([last], /class="bar failed" x="([\d.]+)%" width="([\d.]+)%"/g)).toEqual([100]);
  const marks = places([...many(19, 99_000), last], /<rect class="failed" x="([\d.]+)%" width="(\d)"/g);
  expect(marks).toHaveLength(1);
  // Two pixels are half a percent of four hundred.
  expect(marks[0]).toBeLessThanOrEqual(99.5 + 2);
});

test("the top of an area is 0, also where sums of fractions differ in their last digit", () => {
  const path = markupText(areaChart([0.1 + 0.2, 0.3], 0.3, { top: 0, height: 10 }));
  expect(path).toContain('d="M0 100V0H1V0');
});
