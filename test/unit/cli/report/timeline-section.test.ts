import { expect, test } from "vitest";
import { markupText, type Markup } from "../../../../cli/report/markup.ts";
import { timeScale } from "../../../../cli/report/time-scale.ts";
import { timelineSection } from "../../../../cli/report/timeline-section.ts";
import type { Bar } from "../../../../observability/report/bar.ts";
import { timelineOf } from "../../../../observability/report/timeline.ts";
import type { Pause } from "../../../../observability/pauses.ts";
import { shownIn, tableRowsIn } from "../../../support/shown.ts";

const second = 1e6;
/** Times in seconds. */
const bar = (
  id: string,
  parent: string | undefined,
  [from, until]: readonly [number, number],
  more: Partial<Bar> = {},
): Bar => ({
  id,
  parent,
  unit: parent === undefined ? "run" : "step",
  label: id.endsWith("]") ? "[]" : id.slice(id.lastIndexOf("/") + 1),
  path: parent === undefined ? "" : id,
  startUs: from * second,
  endUs: until * second,
  failure: undefined,
  unfinished: false,
  ...more,
});
const sectionOf = (bars: readonly Bar[], pauses: readonly Pause[] = []): Markup =>
  timelineSection(timelineOf(bars, pauses));
const run = bar("run", undefined, [0, 100]);

test("what the end waited for is added up by lane, from the longest down, as parts of the time worked", () => {
  const pause = { fromUs: 60 * second, untilUs: 80 * second };
  const rows = tableRowsIn(
    sectionOf(
      [
        run,
        bar("ask", "run", [10, 50]),
        bar("ann", "ask", [22, 50], { unit: "agent" }),
        bar("vote", "run", [50, 100]),
      ],
      [pause],
    ),
  );
  expect(rows).toEqual([
    ["on the critical path", "time", "part", ""],
    ["step vote", "30.0 s", "37.5 %", ""],
    ["agent ask › ann", "28.0 s", "35.0 %", ""],
    ["step ask", "12.0 s", "15.0 %", ""],
    ["run the workflow itself", "10.0 s", "12.5 %", ""],
  ]);
});

test("of many lanes on the path those after the eighth are told together", () => {
  const steps = Array.from({ length: 10 }, (_, at) => bar(`s${at}`, "run", [10 * at, 10 * at + 10]));
  const rows = tableRowsIn(sectionOf([run, ...steps]));
  expect(rows).toHaveLength(1 + 8 + 1);
  expect(rows.at(-1)).toEqual(["all else", "20.0 s", "20.0 %", ""]);
});

test("of too many lanes those with least work are left out and counted, and no lane is shown without what it is in", () => {
  const steps = Array.from({ length: 93 }, (_, at) => bar(`s${at}`, "run", [0, at + 1]));
  const shown = shownIn(sectionOf([run, ...steps, bar("ann", "s0", [0, 1], { unit: "agent" })]));
  expect(shown).toContain("step s4 ");
  expect(shown).not.toMatch(/step s[0-3] /);
  expect(shown).not.toContain("agent ann");
  expect(shown).toContain("5 more lanes of less work left out.");
});

test("of a map with more than three items the slowest are told, when they began, and what they were at when", () => {
  const items = (count: number) =>
    Array.from({ length: count }, (_, at) => bar(`all[${at}]`, "all", [10 * at, 10 * at + 10 + at]));
  const all = bar("all", "run", [0, 100]);
  const inner = bar("all[3]/ask", "all[3]", [35, 43]);
  const section = sectionOf([run, all, ...items(4), inner]);
  expect(shownIn(section)).toMatch(
    /Slowest of 4 items of all all\[3\] 13\.0 s, from 30\.0 s on step ask 8\.00 s all\[2\] 12\.0 s, from 20\.0 s on all\[1\] 11\.0 s, from 10\.0 s on$/,
  );
  const part = /<div class="part[\s\S]*?x="([\d.]+)%"\s+width="([\d.]+)%"/.exec(markupText(section));
  expect(part?.slice(1).map(Number)).toEqual([38.462, 61.538]);
  expect(shownIn(sectionOf([run, all, ...items(3)]))).not.toContain("Slowest");
});

test("a bar says what it is, how long it worked, that it is unfinished and why it failed", () => {
  const titles = Array.from(
    markupText(
      sectionOf([
        run,
        bar("ask", "run", [0, 30], { failure: "late" }),
        bar("m", "ask", [10, 30], { unit: "inference", path: "", label: "big", unfinished: true }),
      ]),
    ).matchAll(/<title>([^<]*)<\/title>/g),
    ([, title]) => title,
  );
  expect(titles).toEqual(["run · 1m 40s", "ask · 30.0 s · late", "big · 20.0 s · unfinished"]);
});

test("the critical path is drawn where it runs, and as one where it only pauses for a moment", () => {
  const path = (bars: readonly Bar[], lane: number): string | undefined =>
    Array.from(markupText(sectionOf(bars)).matchAll(/class="critical" d="([^"]*)"/g), ([, drawn]) => drawn)[
      lane
    ];
  expect(path([run, bar("a", "run", [20, 50]), bar("b", "run", [60, 100])], 0)).toBe(
    "M0 0H200V1H0zM500 0H600V1H500z",
  );
  const apart = [
    run,
    bar("all", "run", [0, 100]),
    bar("all[0]", "all", [0, 50]),
    bar("all[1]", "all", [50.1, 100]),
  ];
  // Of the step itself, a tenth of a second; of its items, the rest.
  expect(path(apart, 0)).toBe("M500 0H501V1H500z");
  expect(path(apart, 1)).toBe("M0 0H1000V1H0z");
});

test("lanes are as deep as they lie, down to the seventh", () => {
  const bars = [run];
  for (let at = 1; at < 10; at += 1) bars.push(bar(`s${at}`, at === 1 ? "run" : `s${at - 1}`, [0, 100]));
  const depths = Array.from(markupText(sectionOf(bars)).matchAll(/class="lane in(\d+)"/g), ([, depth]) =>
    Number(depth),
  );
  expect(depths).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 7, 7]);
});

test("only the longest pauses are cut short, and a moment within one lies within its band", () => {
  const pauses = Array.from({ length: 12 }, (_, at) => ({
    fromUs: 1000 * at,
    untilUs: 1000 * at + 500 + at,
  }));
  const { cuts, at } = timeScale(0, 12_000, pauses);
  expect(cuts).toEqual(pauses.slice(2));
  const [cut] = cuts;
  if (cut === undefined) throw new Error("there are cuts");
  const [from, middle, until] = [cut.fromUs, (cut.fromUs + cut.untilUs) / 2, cut.untilUs].map(at);
  expect((until ?? 0) - (from ?? 0)).toBeCloseTo(0.02, 9);
  expect((middle ?? 0) - (from ?? 0)).toBeCloseTo(0.01, 9);
});

test("a pause is drawn as wide as its band", () => {
  const pause = { fromUs: 50 * second, untilUs: 90 * second };
  const page = markupText(sectionOf([run], [pause])).replace(/\s+/g, " ");
  expect(/class="cut" x="([\d.]+)%" width="([\d.]+)%"/.exec(page)?.slice(1).map(Number)).toEqual([81.667, 2]);
  expect(page).toContain("<title>nothing ran for 40.0 s</title>");
});
