import { expect, test } from "vitest";
import { waterfall } from "../../../../cli/trace/waterfall.ts";
import { criticalPath, spanTree } from "../../../../observability/critical-path.ts";
import type { Span } from "../../../../observability/span.ts";

const span = (more: Partial<Span> & Pick<Span, "spanId" | "unit" | "endUs">): Span => ({
  traceId: "t",
  name: more.spanId,
  kind: "internal",
  startUs: 0,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
  ...more,
});

const drawn = (...spans: readonly Span[]): string => {
  const root = spanTree(spans);
  if (root === undefined) throw new Error("there is a run");
  return waterfall(root, criticalPath(root), { columns: 80, paint: (_, text) => text, top: 3 });
};

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
