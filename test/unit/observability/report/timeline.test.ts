import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Bar } from "../../../../observability/report/bar.ts";
import { busyIn } from "../../../../observability/report/calls.ts";
import { criticalPath } from "../../../../observability/report/critical-path.ts";
import { workedUs } from "../../../../observability/pauses.ts";
import { rank } from "../../../../observability/rank.ts";
import { figuresOf, timelineOf } from "../../../../observability/report/timeline.ts";

const bar = (
  id: string,
  parent: string | undefined,
  startUs: number,
  endUs: number,
  more: Partial<Bar> = {},
): Bar => ({
  id,
  parent,
  unit: parent === undefined ? "run" : "step",
  label: id.replace(/\d+$/, ""),
  path: id,
  startUs,
  endUs,
  failure: undefined,
  unfinished: false,
  ...more,
});

const pathOf = (bars: readonly Bar[]) => {
  const { inside } = timelineOf(bars, []);
  const [run] = bars;
  return run === undefined
    ? []
    : criticalPath(run, inside)
        .toReversed()
        .map(({ bar: { id }, fromUs, untilUs }) => [id, fromUs, untilUs]);
};

describe("the critical path", () => {
  test("goes back from the end to what ended last, and is the run's own where nothing was at work", () => {
    expect(
      pathOf([
        bar("run", undefined, 0, 100),
        bar("early", "run", 5, 40),
        bar("slow", "run", 10, 60),
        bar("inner", "slow", 20, 50),
        bar("late", "run", 65, 95),
      ]),
    ).toEqual([
      ["run", 0, 10],
      ["slow", 10, 20],
      ["inner", 20, 50],
      ["slow", 50, 60],
      ["run", 60, 65],
      ["late", 65, 95],
      ["run", 95, 100],
    ]);
  });

  test("of a run that failed goes to what failed, and not to what was broken off for it", () => {
    const failed = { failure: "the model did not answer" };
    expect(
      pathOf([
        bar("run", undefined, 0, 100, failed),
        bar("both", "run", 0, 100, failed),
        bar("broken", "both", 10, 90, failed),
        bar("innocent", "both", 5, 100, { unfinished: true }),
      ]),
    ).toEqual([
      ["both", 0, 10],
      ["broken", 10, 90],
      ["both", 90, 100],
    ]);
  });

  test("of a run that was out of time goes to what it waited for then", () => {
    const late = { failure: "out of time" };
    expect(
      pathOf([
        bar("run", undefined, 0, 100, late),
        bar("done", "run", 0, 40),
        bar("slow", "run", 40, 100, { unfinished: true }),
      ]),
    ).toEqual([
      ["done", 0, 40],
      ["slow", 40, 100],
    ]);
  });

  test("runs through the voter whose ballot came last, which works inside the decision", () => {
    expect(
      pathOf([
        bar("run", undefined, 0, 100),
        bar("v", "run", 0, 100, { path: "v" }),
        bar("decision", "v", 0, 90, { unit: "decision", path: "v" }),
        bar("ann", "v", 5, 30, { unit: "agent", path: "v" }),
        bar("bob", "v", 5, 80, { unit: "agent", path: "v" }),
      ]),
    ).toEqual([
      ["decision", 0, 5],
      ["bob", 5, 80],
      ["decision", 80, 90],
      ["v", 90, 100],
    ]);
  });

  test("of steps that began and ended as one goes to the first by its path, as a waterfall does", () => {
    const items = [10, 2, 1].map((at) =>
      bar(`item${at}`, "run", 0, 100, { path: `all[${at}]`, unfinished: true }),
    );
    expect(pathOf([bar("run", undefined, 0, 100), ...items])).toEqual([["item1", 0, 100]]);
  });

  test("covers the whole run without overlap, whatever is in it", () => {
    const time = fc.integer({ min: 0, max: 1000 });
    const bars = fc.array(fc.tuple(time, time, fc.nat()), { maxLength: 30 }).map((drawn) => {
      const all = [bar("run", undefined, 0, 1000)];
      for (const [from, until, parent] of drawn) {
        const id = `b${all.length}`;
        all.push(bar(id, all[parent % all.length]?.id, Math.min(from, until), Math.max(from, until)));
      }
      return all;
    });
    fc.assert(
      fc.property(bars, (all) => {
        let at = 0;
        for (const [, from, until] of pathOf(all)) {
          expect(from).toBe(at);
          at = Number(until);
        }
        expect(at).toBe(1000);
      }),
    );
  });
});

test("what does the same in the same place is one lane, and what has lost its parent belongs to the run", () => {
  const { root } = timelineOf(
    [
      bar("run", undefined, 0, 100),
      bar("item1", "run", 0, 30),
      bar("item2", "run", 10, 50, { failure: "no" }),
      bar("item3", "run", 15, 16, { unfinished: true }),
      bar("stray", "unknown", 60, 70),
    ],
    [],
  );
  expect(root.inside.map(({ label, bars, depth }) => [label, bars.length, depth])).toEqual([
    ["item", 3, 1],
    ["stray", 1, 1],
  ]);
  const [items] = root.inside;
  expect(items && figuresOf(items, [{ fromUs: 20, untilUs: 25 }])).toEqual({
    count: 3,
    failed: 1,
    unfinished: 1,
    medianUs: 25,
    p95Us: 35,
    longestUs: 35,
  });
});

test.each([
  [0, 100, 80],
  [25, 100, 60],
  [35, 60, 15],
])("between %i and %i nobody worked in the pauses", (from, until, worked) => {
  expect(
    workedUs(from, until, [
      { fromUs: 20, untilUs: 30 },
      { fromUs: 40, untilUs: 50 },
    ]),
  ).toBe(worked);
});

test("the nearest rank is one of the values", () => {
  expect([rank([1, 2, 3, 4], 0.5), rank([1, 2, 3, 4], 0.95), rank([], 0.5)]).toEqual([2, 4, 0]);
});

test("work that is added up over time is none more and none less", () => {
  const stretch = fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([a, b]) => ({ startUs: Math.min(a, b), endUs: Math.max(a, b) }));
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (stretches, parts) => {
      const busy = busyIn(stretches, { startUs: 0, endUs: 1 }, parts);
      const sum = busy.reduce((all, part) => all + part / parts, 0);
      expect(sum).toBeCloseTo(
        stretches.reduce((all, { startUs, endUs }) => all + endUs - startUs, 0),
        6,
      );
    }),
  );
});

test("of what begins together stands first what lasts longest, then what has the smaller number", () => {
  const items = [bar("all[10]", "run", 5, 9), bar("all[2]", "run", 5, 9), bar("all[1]", "run", 5, 50)];
  const lanes = items.map((item) => ({ ...item, label: "[]" }));
  const { root, inside } = timelineOf([bar("run", undefined, 0, 100), ...lanes], []);
  const ids = ["all[1]", "all[2]", "all[10]"];
  expect(root.inside[0]?.bars.map(({ id }) => id)).toEqual(ids);
  expect(inside.get("run")?.map(({ id }) => id)).toEqual(ids);
});
