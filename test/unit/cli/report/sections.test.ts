import { expect, test } from "vitest";
import { conversationMap, otherAgents } from "../../../../cli/report/conversation-map.ts";
import { unitOf, weightWords } from "../../../../cli/report/decision-tree.ts";
import { byInterest, gathered } from "../../../../cli/report/gathered-decisions.ts";
import { laneRow } from "../../../../cli/report/lane.ts";
import { markupText } from "../../../../cli/report/markup.ts";
import { memoryLanes } from "../../../../cli/report/memory-section.ts";
import { sequenceMermaid } from "../../../../cli/report/mermaid.ts";
import { failureSection } from "../../../../cli/report/result-sections.ts";
import { spendingTable } from "../../../../cli/report/spending-table.ts";
import { timelineSection } from "../../../../cli/report/timeline-section.ts";
import { timeScale } from "../../../../cli/report/time-scale.ts";
import type { Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import { workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { RecordedDecision } from "../../../../observability/decisions.ts";
import type { Bar } from "../../../../observability/report/bar.ts";
import { timelineOf } from "../../../../observability/report/timeline.ts";
import { emptySpending } from "../../../../observability/spending.ts";

const tight = (text: string): string => text.replace(/\s+/g, " ");

const decision = (name: string, more: Partial<Outcome> = {}, truth?: string): RecordedDecision => ({
  opened: {
    type: "decision.opened",
    decision: name,
    question: "q",
    options: ["yes", "no"],
    domain: "x",
    electorate: [],
    rule: "majority",
    tier: "routine",
    thresholdPpm: 0,
    replyTo: workflowActor,
  },
  answered: [],
  outcome: {
    decision: name,
    settled: true,
    option: "yes",
    sharePpm: 1e6,
    confidencePpm: 1e6,
    tally: [],
    ballots: [],
    term: 1,
    index: 1,
    leader: 1,
    ...more,
  },
  ...(truth === undefined ? {} : { truth }),
});

test("first come decisions that did not settle, were ruled, were wrong, or of which the team is unsure", () => {
  const plain = decision("plain");
  const ranked = byInterest([
    plain,
    decision("right", {}, "yes"),
    decision("unsure", { confidencePpm: 400_000 }),
    decision("wrong", {}, "no"),
    decision("ruled", { ruling: { by: "person", option: "yes", recommended: null } }),
    decision("split", { settled: false, option: null, reason: "tie" }),
  ]);
  expect(ranked.map(({ opened }) => opened.decision)).toEqual([
    "split",
    "ruled",
    "wrong",
    "unsure",
    "plain",
    "right",
  ]);
});

test("of the options of a step that came out most often comes first", () => {
  const options = ["no", "yes", "maybe", "yes"];
  const [group] = gathered(options.map((option, at) => decision(`all[${at}]/vote`, { option })));
  expect(group?.options).toEqual([
    { option: "yes", count: 2 },
    { option: "maybe", count: 1 },
    { option: "no", count: 1 },
  ]);
});

test.each([
  ["classwise", "2.500 nat"],
  ["logodds", "2.500 nat"],
  ["linear", "2.500"],
  ["majority", "2.5 heads"],
] as const)("a weight of the rule %s is %s", (rule, words) => {
  expect(weightWords(2_500_000, unitOf(rule))).toBe(words);
});

test("a lane of many tells the median, the 95th percentile and the longest, in this order", () => {
  const bars = Array.from({ length: 40 }, (_, at): Bar => ({
    id: `${at}`,
    parent: "run",
    unit: "step",
    label: "[]",
    path: `all[${at}]`,
    startUs: 0,
    endUs: (at + 1) * 1000,
    failure: undefined,
    unfinished: false,
  }));
  const lane = { unit: "step", label: "[]", depth: 1, bars, inside: [], critical: [] } as const;
  const row = tight(markupText(laneRow(lane, timeScale(0, 40_000, []), [])));
  expect([...row.matchAll(/<div class="n \w+">([^<]*)</g)].map(([, words]) => words)).toEqual([
    "×40",
    "20.0 ms",
    "38.0 ms",
    "40.0 ms",
  ]);
});

test("memory that one model gives back as another takes it is not held twice", () => {
  const held = { kind: "resident", bytes: 3 * 1024 ** 3 } as const;
  const stretches = [
    { ...held, model: "a", startUs: 0, endUs: 5 },
    { ...held, model: "b", startUs: 5, endUs: 9 },
  ];
  const page = markupText(memoryLanes({ stretches, evictions: [] }, 4 * 1024 ** 3, timeScale(0, 9, [])));
  expect(tight(page)).toContain("at most 3.0 GiB at once, of 4.0 GiB");
});

test("a ruler goes on behind a pause, and tells the time worked", () => {
  const { ticks, cuts } = timeScale(0, 10_100, [{ fromUs: 50, untilUs: 10_050 }]);
  expect(cuts).toHaveLength(1);
  expect(ticks.map(({ atUs, workedUs }) => [atUs, workedUs])).toEqual([
    [0, 0],
    [20, 20],
    [40, 40],
    [10_060, 60],
    [10_080, 80],
    [10_100, 100],
  ]);
});

test("those agents come first that took most", () => {
  const spent = (promptTokens: number) => ({ ...emptySpending, promptTokens });
  const agents = new Map([
    ["ann", spent(1)],
    ["bob", spent(3)],
    ["cid", spent(2)],
  ]);
  const page = markupText(
    spendingTable({ total: emptySpending, agents, steps: new Map(), models: new Map() }),
  );
  expect(Array.from(page.matchAll(/<th scope="row">(\w+)/g), ([, name]) => name)).toEqual([
    "bob",
    "cid",
    "ann",
  ]);
});

test("of more than eight agents the others share the eighth place, and kinds that are not drawn are counted", () => {
  const arrows = Array.from({ length: 130 }, (_, at) => ({
    from: `agent${at % 10}`,
    to: "models",
    what: `kind${at}.failed`,
    count: 20 - (at % 10),
  }));
  const map = conversationMap([{ address: "s", arrows }]);
  expect(map.speakers).toEqual([
    ...Array.from({ length: 7 }, (_, at) => `agent${at}`),
    otherAgents,
    "models",
  ]);
  expect(map.exchanges[0]?.arrows).toHaveLength(120);
  expect(map.left).toBe(10);
  expect(sequenceMermaid(map)).toContain("p0--xp8");
});

test("more failures left out are counted, and not their kinds", () => {
  const failures = Array.from({ length: 63 }, (_, at) => ({
    what: "task" as const,
    code: "C",
    message: `${at}`,
    where: "s",
    firstUs: at,
    count: 2,
  }));
  expect(markupText(failureSection({ failures, otherFailures: 4 }))).toContain("10 more failures left out");
  expect(markupText(failureSection({ failures: failures.slice(0, 60), otherFailures: 0 }))).not.toContain(
    "left out",
  );
});

test("items of a map in a map are those of both", () => {
  const bar = (id: string, parent: string | undefined, endUs = 9): Bar => ({
    id,
    parent,
    unit: parent === undefined ? "run" : "step",
    label: id.endsWith("]") ? "[]" : id.slice(id.lastIndexOf("/") + 1),
    path: id,
    startUs: 0,
    endUs,
    failure: undefined,
    unfinished: false,
  });
  const inner = (at: number) => `all[${at}]/each`;
  const bars = [bar("run", undefined), bar("all", "run")];
  for (const at of [0, 1]) {
    bars.push(bar(`all[${at}]`, "all"), bar(inner(at), `all[${at}]`));
    for (const each of [0, 1, 2]) bars.push(bar(`${inner(at)}[${each}]`, inner(at), at + each + 1));
  }
  const page = markupText(timelineSection(timelineOf(bars, [])));
  expect(page).toContain("Slowest of 6 items of all/each<");
  expect(Array.from(page.matchAll(/<h4>\s*([^<]+?)\s*</g), ([, path]) => path)).toEqual([
    "all[1]/each[2]",
    "all[0]/each[2]",
    "all[1]/each[1]",
  ]);
});
