import fc from "fast-check";
import { expect, test } from "vitest";
import { criticalPath, spanTree } from "../../../observability/critical-path.ts";
import type { Span, SpanUnit } from "../../../observability/span.ts";

const span = (
  spanId: string,
  parent: string | undefined,
  unit: SpanUnit,
  [startUs, endUs]: readonly [number, number],
): Span => ({
  unit,
  traceId: "t",
  spanId,
  ...(parent === undefined ? {} : { parentSpanId: parent }),
  name: spanId,
  kind: "internal",
  startUs,
  endUs,
  status: { type: "unset" },
  attributes: unit === "agent" || unit === "propose" ? { "gen_ai.agent.id": spanId.slice(0, 1) } : {},
  events: [],
  links: [],
});

const pathOf = (spans: readonly Span[]) => {
  const root = spanTree(spans);
  if (root === undefined) throw new Error("there is a run");
  return criticalPath(root);
};

test("goes to what ended last, and from its beginning to what had ended by then", () => {
  const { spans, shares } = pathOf([
    span("run", undefined, "run", [0, 100]),
    span("first", "run", "step", [5, 40]),
    span("short", "run", "step", [5, 20]),
    span("second", "run", "step", [40, 95]),
    span("a", "second", "agent", [41, 95]),
    span("wait", "a", "lease.wait", [42, 60]),
    span("chat", "a", "inference", [60, 90]),
  ]);
  expect([...spans].toSorted((x, y) => x.localeCompare(y))).toEqual([
    "a",
    "chat",
    "first",
    "run",
    "second",
    "wait",
  ]);
  expect(shares).toEqual({ inference: 30, turn: 18, coordinator: 0, tools: 0, swarm: 52, paused: 0 });
});

test("of a run that failed goes to what failed, what had ended before it, and not to what was broken off for it", () => {
  const failed = { type: "error", message: "no answer" } as const;
  const { spans } = pathOf([
    { ...span("run", undefined, "run", [0, 100]), status: failed },
    { ...span("both", "run", "step", [0, 100]), status: failed },
    span("done", "both", "step", [0, 40]),
    { ...span("broken", "both", "step", [40, 90]), status: failed },
    { ...span("innocent", "both", "step", [0, 100]), attributes: { "swarm.step.outcome": "abandoned" } },
    { ...span("a", "innocent", "agent", [0, 100]), attributes: { "swarm.unfinished": true } },
  ]);
  expect([...spans].toSorted((x, y) => x.localeCompare(y))).toEqual(["both", "broken", "done", "run"]);
});

test("the time in which no process drove the run is nobody's work", () => {
  const told = [
    { name: "paused", atUs: 20, attributes: {} },
    { name: "resumed", atUs: 80, attributes: {} },
  ];
  const { shares } = pathOf([
    { ...span("run", undefined, "run", [0, 100]), events: told },
    span("step", "run", "step", [5, 95]),
    span("a", "step", "agent", [5, 95]),
    span("chat", "a", "inference", [10, 90]),
  ]);
  expect(shares).toEqual({ inference: 20, turn: 0, coordinator: 0, tools: 0, swarm: 20, paused: 60 });
});

test("a decision hangs on the voter whose ballot came last, however long the others wait for the outcome", () => {
  const { spans, shares } = pathOf([
    span("run", undefined, "run", [0, 100]),
    span("vote", "run", "step", [0, 100]),
    span("decision", "vote", "decision", [0, 95]),
    span("a", "vote", "agent", [1, 99]),
    span("a-chat", "a", "inference", [2, 30]),
    span("a-ballot", "decision", "propose", [31, 40]),
    span("b", "vote", "agent", [1, 99]),
    span("b-chat", "b", "inference", [2, 80]),
    span("b-ballot", "decision", "propose", [82, 95]),
  ]);
  expect([...spans].toSorted((x, y) => x.localeCompare(y))).toEqual([
    "b",
    "b-ballot",
    "b-chat",
    "run",
    "vote",
  ]);
  expect(shares).toEqual({ inference: 78, turn: 0, coordinator: 13, tools: 0, swarm: 9, paused: 0 });
});

test("what ends a little after that which it is in, by another clock, was waited for all the same", () => {
  const { spans, shares } = pathOf([
    span("run", undefined, "run", [0, 100]),
    span("a", "run", "agent", [10, 90]),
    span("chat", "a", "inference", [5, 95]),
  ]);
  expect(spans.has("chat")).toBe(true);
  expect(shares).toMatchObject({ inference: 80, swarm: 20 });
});

test("a program of the task is work of its own", () => {
  const { spans, shares } = pathOf([
    span("run", undefined, "run", [0, 100]),
    span("vote", "run", "step", [0, 100]),
    span("judge", "vote", "tool", [40, 90]),
  ]);
  expect(spans.has("judge")).toBe(true);
  expect(shares).toEqual({ inference: 0, turn: 0, coordinator: 0, tools: 50, swarm: 50, paused: 0 });
});

test("only an agent has ended its work with the last thing inside it", () => {
  const { spans } = pathOf([
    span("run", undefined, "run", [0, 100]),
    span("a", "run", "step", [0, 90]),
    span("a-inner", "a", "step", [0, 10]),
    span("b", "run", "step", [0, 80]),
  ]);
  expect(spans.has("a")).toBe(true);
  expect(spans.has("b")).toBe(false);
});

test.each<[string, Partial<Span>]>([
  ["is unfinished", { attributes: { "swarm.unfinished": true } }],
  ["waits for a person", { attributes: { "swarm.step.outcome": "waiting" } }],
])("of work that failed, what %s was not waited for, and of any other it was", (_, more) => {
  const parts = [
    { ...span("broken", "all", "step", [0, 50]), status: { type: "error", message: "" } as const },
    { ...span("open", "all", "step", [0, 100]), ...more },
  ];
  const all = span("all", "run", "step", [0, 100]);
  const run = span("run", undefined, "run", [0, 100]);
  const status = { type: "error", message: "" } as const;
  const failed = pathOf([{ ...run, status }, { ...all, status }, ...parts]).spans;
  expect([failed.has("broken"), failed.has("open")]).toEqual([true, false]);
  const went = pathOf([run, all, ...parts]).spans;
  expect([went.has("broken"), went.has("open")]).toEqual([false, true]);
});

test("items lie in the order of their numbers where they began at once", () => {
  const item = (at: number): Span => ({
    ...span(`item ${at}`, "run", "step", [0, 1]),
    attributes: { "swarm.step.path": `all[${at}]` },
  });
  const root = spanTree([span("run", undefined, "run", [0, 1]), ...[10, 2, 1, 0].map(item)]);
  expect(root?.children.map(({ span: { spanId } }) => spanId)).toEqual([
    "item 0",
    "item 1",
    "item 2",
    "item 10",
  ]);
});

test("its shares sum up to the duration of the run", () => {
  const time = fc.integer({ min: 0, max: 1000 });
  const unit = fc.constantFrom<SpanUnit>(
    "step",
    "agent",
    "inference",
    "propose",
    "lease.wait",
    "decision",
    "publish",
  );
  const node = fc.record({ unit, from: time, length: time, parent: fc.nat() });
  fc.assert(
    fc.property(fc.array(node, { maxLength: 40 }), (nodes) => {
      const spans = [span("run", undefined, "run", [0, 1000])];
      for (const [at, { unit: kind, from, length, parent }] of nodes.entries()) {
        const around = spans[parent % spans.length]?.spanId ?? "run";
        spans.push(span(`s${at}`, around, kind, [from, Math.min(1000, from + length)]));
      }
      const { shares } = pathOf(spans);
      expect(Object.values(shares).reduce((sum, us) => sum + us, 0)).toBe(1000);
    }),
  );
});

test("a ballot is work of the voter that cast it, and of its step if that has no span", () => {
  const vote = (voters: readonly Span[]) =>
    spanTree([
      span("run", undefined, "run", [0, 100]),
      span("vote", "run", "step", [0, 100]),
      span("decision", "vote", "decision", [0, 100]),
      ...voters,
      span("a-ballot", "decision", "propose", [50, 90]),
    ])?.children[0]?.children.map(({ span: { spanId }, children }) => [
      spanId,
      ...children.map((child) => child.span.spanId),
    ]);
  expect(vote([span("a", "vote", "agent", [0, 100])])).toEqual([["a", "a-ballot"]]);
  expect(vote([])).toEqual([["a-ballot"]]);
});
