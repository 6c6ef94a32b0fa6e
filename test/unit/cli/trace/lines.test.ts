import { describe, expect, test } from "vitest";
import { linesOf, remarkOf, titleOf } from "../../../../cli/trace/lines.ts";
import { criticalPath, spanTree, type SpanNode } from "../../../../observability/critical-path.ts";
import type { Span } from "../../../../observability/span.ts";
import { madeSpan as span } from "../../../support/made-span.ts";

const run = span({ spanId: "run", unit: "run", endUs: 100 });
const treeOf = (...inside: readonly Span[]): SpanNode => {
  const root = spanTree([run, ...inside]);
  if (root === undefined) throw new Error("there is a run");
  return root;
};
const remarkOn = (unit: "step" | "agent", more: Partial<Span>, ...inside: readonly Span[]): string => {
  const [node] = treeOf(span({ spanId: "it", unit, parentSpanId: "run", ...more }), ...inside).children;
  return node === undefined ? "" : remarkOf(node);
};
const decision = (attributes: Span["attributes"], kind?: string) =>
  span({
    spanId: "d",
    unit: "decision",
    parentSpanId: "it",
    attributes,
    events:
      kind === undefined
        ? []
        : [
            { name: "round.opened", atUs: 1, attributes: { kind: "debate" } },
            { name: "round.opened", atUs: 2, attributes: { kind } },
          ],
  });

describe("of a decision a line says", () => {
  const winner = { "swarm.decision.winner": "yes", "swarm.decision.share": 0.666 };
  test.each<[string, Span]>([
    ["-> yes 67 %", decision({ "swarm.decision.outcome": "settled", ...winner })],
    [
      "-> yes, ruled by cleo",
      decision({ "swarm.decision.outcome": "settled", "swarm.decision.ruled_by": "cleo", ...winner }),
    ],
    ["not settled: tie", decision({ "swarm.decision.outcome": "tie" })],
    ["open", decision({})],
    ["open", decision({}, "judge")],
    ["waits for a person", decision({}, "person")],
  ])("%s", (remark, each) => expect(remarkOn("step", {}, each)).toBe(remark));
});

test.each<[string, Partial<Span>]>([
  [
    "failed: TIMEOUT",
    { status: { type: "error", message: "late" }, attributes: { "error.type": "TIMEOUT" } },
  ],
  ["unfinished", { attributes: { "swarm.step.outcome": "unfinished" } }],
  ["unfinished", { attributes: { "swarm.unfinished": true } }],
  ["abandoned", { attributes: { "swarm.step.outcome": "abandoned" } }],
  ["0 items at work", { attributes: { "swarm.step.kind": "map" } }],
  ["failed", { status: { type: "error", message: "" }, attributes: { "error.type": "failed" } }],
  ["0 in parallel", { attributes: { "swarm.step.kind": "parallel" } }],
  ["", { attributes: { "swarm.step.kind": "ask" } }],
])("of a step a line says %j", (remark, more) => expect(remarkOn("step", more)).toBe(remark));

test("of a map it says at how many items there was work, which may be fewer than it has", () => {
  const one = span({ spanId: "1", unit: "step", parentSpanId: "it" });
  const map = { attributes: { "swarm.step.kind": "map" } };
  expect(remarkOn("step", map, one)).toBe("1 item at work");
  expect(remarkOn("step", map, one, { ...one, spanId: "2" })).toBe("2 items at work");
});

test("of an agent it says which model answered, and how often it was asked again", () => {
  const chat = (spanId: string, model: string, startUs: number) =>
    span({
      spanId,
      unit: "inference",
      parentSpanId: "it",
      startUs,
      attributes: { "gen_ai.request.model": model },
    });
  const attributes = { "gen_ai.request.model": "first" };
  const retry = { name: "retry", atUs: 1, attributes: {} };
  expect(remarkOn("agent", { attributes })).toBe("first");
  const asked = remarkOn(
    "agent",
    { attributes, events: [retry, { ...retry, name: "state" }, retry] },
    chat("1", "first", 1),
    chat("2", "second", 2),
  );
  expect(asked).toBe("second, 2 retried");
});

const item = (at: number, more: Partial<Span> = {}): Span =>
  span({
    spanId: `item ${at}`,
    unit: "step",
    parentSpanId: "all",
    attributes: { "swarm.step.path": `all[${at}]`, "swarm.step.kind": "item" },
    ...more,
  });
const step = (at: number): Span =>
  span({
    spanId: `step ${at}`,
    unit: "step",
    parentSpanId: "all",
    attributes: { "swarm.step.path": `all/s${at}`, "swarm.step.kind": "ask" },
  });

/** What is shown of these inside one step. */
const shownOf = (inside: readonly Span[]): readonly string[] => {
  const all = span({ spanId: "all", unit: "step", parentSpanId: "run", endUs: 100 });
  const root = treeOf(all, ...inside);
  return linesOf(root, criticalPath(root), 3)
    .slice(2)
    .map((line) => (line.type === "more" ? `${line.nodes.length} more` : titleOf(line.node)));
};

test("of many items those that failed are shown, then those on the path, then the slowest", () => {
  const failed = { type: "error", message: "" } as const;
  const items = [
    item(0, { endUs: 5 }),
    item(1, { endUs: 60 }),
    item(2, { endUs: 99 }),
    item(3, { endUs: 1, status: failed }),
    item(4, { endUs: 70 }),
  ];
  expect(shownOf(items)).toEqual(["[2]", "[3]", "[4]", "2 more"]);
});

test("one that failed is shown before those that the run waited for, however long these took", () => {
  const path = [0, 1, 2, 3].map((at) => item(at, { startUs: 25 * at, endUs: 25 * at + 25 }));
  const broken = item(4, { endUs: 1, status: { type: "error", message: "" } });
  expect(shownOf([...path, broken])).toContain("[4]");
});

test("one more than the limit is shown as well, and steps that a task names one by one up to twenty", () => {
  const some = (count: number, make: (at: number) => Span) =>
    Array.from({ length: count }, (_, at) => make(at));
  expect(shownOf(some(4, (at) => item(at)))).toEqual(["[0]", "[1]", "[2]", "[3]"]);
  expect(shownOf(some(5, (at) => item(at)))).toHaveLength(4);
  expect(shownOf(some(21, step))).toHaveLength(21);
  expect(shownOf(some(22, step)).at(-1)).toBe("2 more");
});
