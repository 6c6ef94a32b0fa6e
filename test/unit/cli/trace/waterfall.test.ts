import { expect, test } from "vitest";
import { waterfall, type WaterfallOptions } from "../../../../cli/trace/waterfall.ts";
import { criticalPath, spanTree } from "../../../../observability/critical-path.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";
import { madeSpan as span } from "../../../support/made-span.ts";

type Paint = WaterfallOptions["paint"];
const drawnIn = (paint: Paint, ...spans: readonly Span[]): string => {
  const root = spanTree(spans);
  if (root === undefined) throw new Error("there is a run");
  return waterfall(root, criticalPath(root), { columns: 80, paint, top: 3, standing: "interrupted" });
};
const drawn = (...spans: readonly Span[]): string => drawnIn((_, text) => text, ...spans);

const runId = "run";
const second = 1e6;

test("a night between two processes is told, and takes no room", () => {
  const events = [
    { name: "paused", atUs: 5 * second, attributes: {} },
    { name: "resumed", atUs: 3605 * second, attributes: {} },
  ];
  const step = { parentSpanId: runId, attributes: { "swarm.step.path": "ask" } };
  const text = drawn(
    span({ spanId: runId, unit: "run", endUs: 3610 * second, events }),
    span({ spanId: "ask", unit: "step", endUs: 3610 * second, ...step }),
  );
  expect(text).toContain("critical path: 10.0 s, and 1h 00m paused");
  expect(text).toMatch(/ask +10\.0 s {2}─{14,17}┊─{14,17}\n/);
  expect(text).toContain("┊ no process drove the run");
  // A terminal would break a line that is longer within a word.
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("time in which a person ruled and nobody went on yet takes no room either", () => {
  const events = [
    { name: "waiting", atUs: 5 * second, attributes: {} },
    { name: "paused", atUs: 5 * second, attributes: {} },
    { name: "ruled", atUs: 3605 * second, attributes: {} },
  ];
  const step = { parentSpanId: runId, attributes: { "swarm.step.path": "ask" } };
  const text = drawn(
    span({ spanId: runId, unit: "run", endUs: 3605 * second, events }),
    span({ spanId: "ask", unit: "step", endUs: 3605 * second, ...step }),
  );
  expect(text).toContain("critical path: 5.00 s, and 1h 00m paused");
  expect(text).toMatch(/ask +5\.00 s {2}─{29,33}┊\n/);
});

test("a run that has only just been let go of has not paused yet", () => {
  const events = [{ name: "paused", atUs: 5 * second, attributes: {} }];
  const text = drawn(span({ spanId: runId, unit: "run", endUs: 5 * second, events }));
  expect(text).toContain("critical path: 5.00 s\n");
  expect(text).not.toContain("┊");
});

test("what is not shown of a map is marked where the path runs through it", () => {
  const items = Array.from({ length: 9 }, (_, at) =>
    span({
      spanId: `item ${at}`,
      unit: "step",
      parentSpanId: "map",
      startUs: at * second,
      endUs: (at + 1) * second,
      attributes: { "swarm.step.path": `all[${at}]`, "swarm.step.kind": "item" },
    }),
  );
  const text = drawn(
    span({ spanId: runId, unit: "run", endUs: 9 * second }),
    span({ spanId: "map", unit: "step", parentSpanId: runId, endUs: 9 * second }),
    ...items,
  );
  expect(text).toMatch(/^\* +6 more: median, longest +1\.00 s/m);
});

const lineOf = (text: string, label: string): string =>
  text.split("\n").find((line) => line.includes(label)) ?? "";

test("of an agent a bar tells the calls from the waits, and a wait of no time is none", () => {
  const inside = (spanId: string, unit: SpanUnit, startUs: number, endUs: number) =>
    span({ spanId, unit, parentSpanId: "ann", startUs: startUs * second, endUs: endUs * second });
  const text = drawn(
    span({ spanId: runId, unit: "run", endUs: 32 * second }),
    span({
      spanId: "ann",
      unit: "agent",
      parentSpanId: runId,
      endUs: 32 * second,
      attributes: { "gen_ai.agent.name": "ann" },
    }),
    inside("wait", "lease.wait", 4, 8),
    inside("hold", "lease.hold", 8, 30),
    inside("call", "inference", 8, 16),
    inside("none", "lease.wait", 24, 24),
  );
  expect(lineOf(text, "ann")).toMatch(/ 32\.0 s {2}─{4}░{4}█{8}─{16}$/);
});

test.each([
  [8, /5 more: median, longest +3\.00 s {2}5\.00 s$/],
  [9, /6 more: median, longest +3\.00 s {2}6\.00 s$/],
])("the rest of a map of %i is told by its median (the nearest rank) and its longest", (length, expected) => {
  const items = Array.from({ length }, (_, at) =>
    span({
      spanId: `item ${at}`,
      unit: "step",
      parentSpanId: "map",
      endUs: (at + 1) * second,
      attributes: { "swarm.step.path": `all[${at}]`, "swarm.step.kind": "item" },
    }),
  );
  const map = span({ spanId: "map", unit: "step", parentSpanId: runId, endUs: 9 * second });
  const text = drawn(span({ spanId: runId, unit: "run", endUs: 9 * second }), map, ...items);
  expect(lineOf(text, " more")).toMatch(expected);
});

test("what failed is red, what the run waited for is cyan, and the rest has no colour", () => {
  const step = (path: string, endUs: number, more: Partial<Span> = {}) =>
    span({
      spanId: path,
      unit: "step",
      parentSpanId: runId,
      endUs,
      attributes: { "swarm.step.path": path },
      ...more,
    });
  const text = drawnIn(
    (style, painted) => `<${String(style)}>${painted}`,
    span({ spanId: runId, unit: "run", endUs: 10 * second }),
    step("path", 10 * second),
    step("short", 5 * second),
    step("broken", 6 * second, { status: { type: "error", message: "" } }),
  );
  const colours = ["path", "short", "broken"].map((name) => /^<\w+>/.exec(lineOf(text, name))?.[0]);
  expect(colours).toEqual(["<cyan>", undefined, "<red>"]);
});

test("names and remarks of others do nothing to a terminal", () => {
  const text = drawn(
    span({ spanId: runId, unit: "run", endUs: 10, attributes: { "gen_ai.workflow.name": "a\u001b[2Jb" } }),
    span({
      spanId: "ann",
      unit: "agent",
      parentSpanId: runId,
      attributes: { "gen_ai.agent.name": "ann", "gen_ai.request.model": "m\u001b[31m" },
      endUs: 10,
    }),
  );
  expect(text).toContain("a\\x1b[2Jb");
  expect(text).toContain("m\\x1b[31m");
  expect(text).not.toContain("\u001b");
});

test("what the path was spent on is told from the largest down, as far as it counts", () => {
  const inside = (spanId: string, unit: SpanUnit, startUs: number, endUs: number) =>
    span({ spanId, unit, parentSpanId: "ann", startUs, endUs });
  const text = drawn(
    span({ spanId: runId, unit: "run", endUs: 100_000 }),
    span({ spanId: "ann", unit: "agent", parentSpanId: runId, endUs: 100_000 }),
    inside("tool", "tool", 0, 5_000),
    inside("wait", "lease.wait", 5_000, 20_000),
    inside("call", "inference", 20_000, 99_950),
    inside("ballot", "propose", 99_950, 100_000),
  );
  expect(text).toContain(
    [
      "critical path: 100 ms",
      "   80.0 %  models",
      "   15.0 %  waiting for a turn at a model",
      "    5.0 %  commands of the task",
      "█ model  ",
    ].join("\n"),
  );
});

test.each([
  ["unfinished", "run  interrupted  7 rows"],
  ["waiting", "run  waiting  7 rows"],
  ["done", "run  done  7 rows"],
])("a run whose record says %s is headed %s", (outcome, head) => {
  const attributes = { "swarm.run.id": runId, "swarm.run.outcome": outcome, "swarm.run.rows": 7 };
  const text = drawn(span({ spanId: runId, unit: "run", endUs: second, attributes }));
  expect(text.split("\n")[0]).toBe(head);
});
