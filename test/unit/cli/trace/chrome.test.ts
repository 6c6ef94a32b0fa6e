import fc from "fast-check";
import { expect, test } from "vitest";
import { chromeTrace } from "../../../../cli/trace/chrome.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";

const originUs = 1_000_000;
const span = (
  spanId: string,
  parentSpanId: string | undefined,
  unit: SpanUnit,
  [from, until]: readonly [number, number],
  more: Partial<Span> = {},
): Span => ({
  unit,
  traceId: "t",
  spanId,
  parentSpanId,
  name: spanId,
  kind: "internal",
  startUs: originUs + from,
  endUs: originUs + until,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
  ...more,
});

type ChromeEvent = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly cat: string;
  readonly args: Readonly<Record<string, unknown>>;
};

const eventsOf = (...spans: readonly Span[]): readonly ChromeEvent[] =>
  JSON.parse([...chromeTrace(spans)].join("")).traceEvents;
const slicesOf = (...spans: readonly Span[]) => eventsOf(...spans).filter(({ ph }) => ph === "X");

const run = span("run", undefined, "run", [0, 1000]);
const step = span("vote", "run", "step", [10, 900], { attributes: { "swarm.step.path": "all[3]/vote" } });
const ann = span("ann", "vote", "agent", [20, 800], { attributes: { "gen_ai.agent.name": "ann" } });

test("times count from the start of the run, and names are those that people know", () => {
  const decision = span("d", "vote", "decision", [15, 850], {
    attributes: { "swarm.decision.id": "all[3]/vote" },
  });
  const told = slicesOf(run, step, decision, ann).map(({ name, ts, dur, cat }) => [name, ts, dur, cat]);
  expect(told).toEqual([
    ["run", 0, 1000, "run"],
    ["all[3]/vote", 10, 890, "step"],
    ["decision all[3]/vote", 15, 835, "decision"],
    ["ann", 20, 780, "agent"],
  ]);
});

test("what failed says so, with its sentence", () => {
  const status = { type: "error", message: "late" } as const;
  expect(slicesOf(run, { ...step, status })[1]).toMatchObject({ cat: "step,error", args: { error: "late" } });
});

test("an event lies in its slice, whatever clock it is from", () => {
  const events = [5, 50, 5000].map((at) => ({
    name: "retry",
    atUs: originUs + at,
    attributes: { attempt: at },
  }));
  const instants = eventsOf(run, { ...step, events }).filter(({ ph }) => ph === "i");
  expect(instants.map(({ ts, args }) => [ts, args])).toEqual([
    [10, { attempt: 5 }],
    [50, { attempt: 50 }],
    [900, { attempt: 5000 }],
  ]);
});

test("a call lies on its lease and both on their agent, and two that go on at once on rows of their own", () => {
  const call = (at: number, from: number, length = 200) => [
    span(`hold ${at}`, "ann", "lease.hold", [from, from + length]),
    span(`chat ${at}`, "ann", "inference", [from, from + length - 10]),
  ];
  // The third begins when the first ends, and the fourth goes on within the time of the third.
  const calls = [...call(1, 100), ...call(2, 150), ...call(3, 300), ...call(4, 400, 50)];
  const rows = slicesOf(run, step, ann, ...calls);
  const rowOf = (name: string) => rows.find((slice) => slice.name === name)?.tid;
  expect(["hold 1", "chat 1", "hold 3"].map(rowOf)).toEqual([1, 1, 1]);
  expect(["hold 2", "chat 2", "hold 4", "chat 4"].map(rowOf)).toEqual([2, 2, 2, 2]);
  const groups = eventsOf(run, step, ann, ...call(1, 100)).filter(({ name }) => name === "process_name");
  expect(groups.map(({ args }) => args["name"])).toEqual(["workflow", "agent ann"]);
});

test("slices of one row never overlap but for one that lies in another", () => {
  const unit = fc.constantFrom<SpanUnit>("step", "agent", "inference", "lease.hold", "tool", "propose");
  const node = fc.record({ unit, from: fc.nat(60), length: fc.nat(40), parent: fc.nat() });
  fc.assert(
    fc.property(fc.array(node, { maxLength: 25 }), (nodes) => {
      const spans = [run];
      for (const [at, { unit: kind, from, length, parent }] of nodes.entries())
        spans.push(span(`s${at}`, spans[parent % spans.length]?.spanId, kind, [from, from + length]));
      const slices = slicesOf(...spans);
      for (const [at, a] of slices.entries())
        for (const b of slices.slice(at + 1)) {
          if (a.pid !== b.pid || a.tid !== b.tid) continue;
          const isApart = a.ts + a.dur <= b.ts;
          const isInside = a.ts <= b.ts && b.ts + b.dur <= a.ts + a.dur;
          expect(isApart || isInside).toBe(true);
        }
    }),
  );
});
