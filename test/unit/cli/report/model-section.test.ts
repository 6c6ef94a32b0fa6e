import { expect, test } from "vitest";
import { memoryLanes } from "../../../../cli/report/memory-section.ts";
import { modelSection, shortDigest } from "../../../../cli/report/model-section.ts";
import { markupText, type Markup } from "../../../../cli/report/markup.ts";
import { spendingTable } from "../../../../cli/report/spending-table.ts";
import { timeScale } from "../../../../cli/report/time-scale.ts";
import type { Call } from "../../../../observability/report/calls.ts";
import { emptySpending } from "../../../../observability/spending.ts";
import { planOf } from "../../../support/plans.ts";
import { shownIn, tableRowsIn } from "../../../support/shown.ts";

const ms = 1000;
const endUs = 1000 * ms;
const timeline = {
  root: { unit: "run", label: "", depth: 0, bars: [], inside: [], critical: [] },
  startUs: 0,
  endUs,
  pauses: [],
  inside: new Map(),
} as const;
const call = (model: string, fromMs: number, untilMs: number, more: Partial<Call> = {}): Call => ({
  model,
  startUs: fromMs * ms,
  endUs: untilMs * ms,
  failed: false,
  unfinished: false,
  firstChunkSeconds: undefined,
  ...more,
});
const noMemory = { stretches: [], evictions: [] };
const identity = { digest: "sha256:0123456789abcdef", provider: "llama" };

type Use = Partial<Parameters<typeof modelSection>[0]>;
const sectionOf = (use: Use): Markup =>
  modelSection(
    {
      calls: [],
      waits: [],
      tokens: [],
      account: { total: emptySpending, agents: new Map(), steps: new Map(), models: new Map() },
      memory: noMemory,
      ...use,
    },
    { plan: planOf([]), models: { busy: identity, idle: identity } },
    timeline,
  );
/** How high a line is in each of the two hundred parts of the axis, from 0 to 100; one for each lane. */
const linesOf = (section: Markup, colour: string): readonly (readonly number[])[] =>
  Array.from(
    markupText(section).matchAll(
      new RegExp(`<g class="${colour}"><svg[^>]*>\\s*<path class="area" d="M0 100(.*?)H\\d+V100z"`, "g"),
    ),
    ([, path = ""]) => Array.from(path.matchAll(/V([\d.]+)/g), ([, y]) => 100 - Number(y)),
  );

const spent = {
  ...emptySpending,
  calls: 5,
  failedTries: 1,
  promptTokens: 700,
  outputTokens: 80,
  costNanoUsd: 0,
};
const account = {
  total: spent,
  agents: new Map(),
  steps: new Map(),
  models: new Map([["busy", spent]]),
};
const calls = [
  call("busy", 0, 100, { firstChunkSeconds: 0.03 }),
  call("busy", 100, 300, { firstChunkSeconds: 0.05, failed: true }),
  call("busy", 100, 400, { firstChunkSeconds: 0.09 }),
  call("busy", 150, 550),
  call("busy", 200, 700, { unfinished: true }),
  call("busy", 600, 1000, { unfinished: true }),
];

test("a model is told with its calls and tokens, and how long those took that came to an end; that with most calls first", () => {
  const section = sectionOf({ calls, account });
  expect(tableRowsIn(section)).toEqual([
    [
      "model",
      "provider",
      "digest",
      "calls",
      "failed",
      "tokens in",
      "tokens out",
      "cost",
      "median",
      "95 %",
      "first chunk",
    ],
    [
      "busy",
      "llama",
      "sha256:0123456789ab…",
      "5 1 unfinished",
      "1",
      "700",
      "80",
      "0 USD",
      "200 ms",
      "400 ms",
      "50.0 ms",
    ],
    ["idle", "llama", "sha256:0123456789ab…", "0", "0", "0", "0", "0 USD", "–", "–", "–"],
  ]);
});

test("of calls of which one begins as another ends, no more are at once than were", () => {
  expect(shownIn(sectionOf({ calls: calls.slice(0, 3) }))).toContain("at most 2 calls of one model at once");
  expect(shownIn(sectionOf({ calls: calls.slice(0, 1) }))).toContain("at most 1 call of one model at once");
});

test("lines over time are those of each model, to one scale, and tokens are spread over their try", () => {
  const section = sectionOf({
    calls: [call("busy", 0, 500), call("busy", 0, 500), call("idle", 500, 1000)],
    waits: [{ model: "idle", startUs: 0, endUs: 250 * ms }],
    tokens: [
      { model: "busy", startUs: 0, endUs: 500 * ms, tokens: 100 },
      { model: "idle", startUs: 500 * ms, endUs: 1000 * ms, tokens: 50 },
    ],
  });
  const at = (lines: readonly (readonly number[])[]) => lines.map((line) => [line[10], line[70], line[150]]);
  expect(at(linesOf(section, "inference"))).toEqual([
    [100, 100, 0],
    [0, 0, 50],
  ]);
  expect(at(linesOf(section, "queued"))).toEqual([
    [0, 0, 0],
    [50, 0, 0],
  ]);
  expect(at(linesOf(section, "tokens"))).toEqual([
    [100, 100, 0],
    [0, 0, 50],
  ]);
});

test("tokens of one moment are no more than others of that number", () => {
  const lines = linesOf(
    sectionOf({
      calls: [call("busy", 0, 1)],
      tokens: [
        { model: "busy", startUs: 0, endUs: 5 * ms, tokens: 100 },
        { model: "idle", startUs: 500 * ms, endUs: 505 * ms, tokens: 100 },
      ],
    }),
    "tokens",
  );
  expect(lines.map((line) => Math.max(...line))).toEqual([100, 100]);
});

test("what agents took stands in its columns, those with most tokens of both kinds first", () => {
  const agents = new Map([
    ["asks", { ...spent, promptTokens: 100, outputTokens: 1 }],
    ["talks", { ...spent, calls: 3, failedTries: 2, promptTokens: 10, outputTokens: 95 }],
  ]);
  expect(tableRowsIn(spendingTable({ total: spent, agents, steps: new Map(), models: new Map() }))).toEqual([
    ["agent", "calls", "failed tries", "tokens in", "tokens out", "cost"],
    ["talks", "3", "2", "10", "95", "0 USD"],
    ["asks", "5", "1", "100", "1", "0 USD"],
  ]);
});

test("memory is told by the most that each model held, and by why it had to go", () => {
  const gib = 1024 ** 3;
  const held = (
    model: string,
    bytes: number,
    startUs: number,
    kind: "resident" | "reserved" = "resident",
  ) => ({
    kind,
    model,
    bytes,
    startUs,
    endUs: startUs + 1,
  });
  const stretches = [held("a", 2 * gib, 0, "reserved"), held("a", gib, 1), held("b", gib, 1)];
  const evictions = [
    { model: "a", reason: "room" },
    { model: "a", reason: "idle" },
    { model: "b", reason: "too-large" },
  ] as const;
  const shown = (some: typeof stretches) =>
    shownIn(memoryLanes({ stretches: some, evictions }, 4 * gib, timeScale(0, 9, [])));
  expect(shown(stretches)).toContain(
    "all models a 2.0 GiB, unloaded 2 times b 1.0 GiB, unloaded 1 time, too large 1 time",
  );
  expect(shown(stretches)).toContain("at most 2.0 GiB at once, of 4.0 GiB");
  expect(shown(stretches.slice(0, 2))).not.toContain("all models");
});

test.each([
  ["sha256:0123456789abcdef", "sha256:0123456789ab…"],
  ["sha256:0123456789ab", "sha256:0123456789ab"],
  ["short", "short"],
])("the digest %s is shown as %s", (digest, words) => expect(shortDigest(digest)).toBe(words));
