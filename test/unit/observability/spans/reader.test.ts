import { beforeAll, describe, expect, test } from "vitest";
import type { Row, TaskDefinition } from "../../../../index.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";
import { spanReader, spansOf } from "../../../../observability/spans/reader.ts";
import { agentActor } from "../../../../coordination/protocol/ids.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";
import { schedulerRows } from "../../../support/scheduler-rows.ts";

const task: TaskDefinition = {
  version: 1,
  name: "traced",
  models: { m: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" }, b: { role: "r", model: "m" }, c: { role: "r", model: "m" } },
  workflow: [
    {
      id: "all",
      map: {
        over: ["one", "two", "three"],
        as: "it",
        concurrency: 2,
        do: [
          { id: "first", ask: "a", prompt: "${{ it }}" },
          {
            id: "vote",
            decide: {
              question: "${{ steps.first.output }}?",
              options: ["yes", "no"],
              voters: ["a", "b", "c"],
              rule: "majority",
              tier: "routine",
            },
          },
        ],
      },
    },
    {
      id: "both",
      parallel: [
        { id: "left", ask: "a", prompt: "l" },
        { id: "right", ask: "b", prompt: "r" },
      ],
    },
    { id: "last", ask: "c", prompt: "${{ steps.all.count }}" },
  ],
  outputs: {},
};

let rows: readonly { readonly row: Row }[] = [];
let spans: readonly Span[] = [];

beforeAll(async () => {
  rows = await recordOf(task);
  spans = [...spansOf(rows, readerDeps)];
});

const parentOf = ({ parentSpanId }: Span, among: readonly Span[] = spans): Span | undefined =>
  among.find(({ spanId }) => spanId === parentSpanId);
const ofUnit = (unit: SpanUnit): readonly Span[] => spans.filter((span) => span.unit === unit);
const path = ({ attributes }: Span) => attributes["swarm.step.path"];

describe("the spans of a run", () => {
  test("are one tree: one root, every parent there, no id twice, no link into nowhere", () => {
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(ids.size).toBe(spans.length);
    expect(spans.filter(({ parentSpanId }) => parentSpanId === undefined).map(({ unit }) => unit)).toEqual([
      "run",
    ]);
    expect(spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))).toEqual(
      [],
    );
    expect(spans.flatMap(({ links }) => links).filter(({ spanId }) => !ids.has(spanId))).toEqual([]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(
      new Set([readerDeps.sha256(rows[0]?.row.run ?? "").slice(0, 32)]),
    );
  });

  test.each<[SpanUnit, readonly SpanUnit[]]>([
    ["step", ["run", "step"]],
    ["agent", ["step"]],
    ["inference", ["agent"]],
    ["lease.wait", ["agent"]],
    ["lease.hold", ["agent"]],
    ["decision", ["step"]],
    ["propose", ["decision"]],
    ["election", ["run"]],
    ["publish", ["run", "step", "agent", "decision"]],
    ["process", ["publish", "propose"]],
  ])("of the unit %s lie in one of %j", (unit, parents) => {
    const found = ofUnit(unit).map((span) => parentOf(span)?.unit);
    expect(found).not.toEqual([]);
    expect(found.filter((parent) => parent === undefined || !parents.includes(parent))).toEqual([]);
  });

  test("have the steps of the task, each in what is around it", () => {
    const tree = Object.fromEntries(
      ofUnit("step").map((step) => {
        const parent = parentOf(step);
        return [path(step), parent === undefined ? undefined : (path(parent) ?? parent.unit)];
      }),
    );
    const items = [0, 1, 2].flatMap((at) => [
      [`all[${at}]`, "all"],
      [`all[${at}]/first`, `all[${at}]`],
      [`all[${at}]/vote`, `all[${at}]`],
    ]);
    expect(tree).toEqual({
      all: "run",
      ...Object.fromEntries(items),
      both: "run",
      "both/left": "both",
      "both/right": "both",
      last: "run",
    });
    for (const { attributes } of ofUnit("step"))
      expect(attributes["swarm.step.outcome"]).toBe(
        attributes["swarm.step.kind"] === "decide" ? "settled" : "done",
      );
  });

  test("follow one another: a step begins where the one before it ended", () => {
    const step = (name: string) => spans.find((span) => span.unit === "step" && path(span) === name);
    expect(step("both")?.startUs).toBe(step("all")?.endUs);
    expect(step("last")?.startUs).toBe(step("both")?.endUs);
    expect(Math.max(...[0, 1, 2].map((at) => step(`all[${at}]`)?.endUs ?? 0))).toBe(step("all")?.endUs);
  });

  test("link a step to those that its words read, within the same item", () => {
    const reads = (name: string) => {
      const step = ofUnit("step").find((span) => path(span) === name);
      return step?.links.map(({ spanId }) => path(spans.find((span) => span.spanId === spanId) ?? step));
    };
    expect(reads("all[1]/vote")).toEqual(["all[1]/first"]);
    expect(reads("last")).toEqual(["all"]);
    expect(reads("both/left")).toEqual([]);
  });

  test("tell of each decision how it was counted, and link it to the handling of each ballot", () => {
    for (const decision of ofUnit("decision")) {
      expect(decision.attributes).toMatchObject({
        "swarm.decision.rule": "majority",
        "swarm.decision.outcome": "settled",
        "swarm.decision.winner": "yes",
      });
      expect(new Set(decision.events.map(({ name }) => name))).toEqual(new Set(["ballot.counted"]));
      const voters = decision.events.map(({ attributes }) => String(attributes["agent"]));
      expect(voters.toSorted((x, y) => x.localeCompare(y))).toEqual(["a", "b", "c"]);
      const linked = decision.links.map(({ spanId }) => spans.find((span) => span.spanId === spanId));
      expect(linked.map((span) => [span?.unit, span?.attributes["swarm.raft.entry.type"]])).toEqual(
        Array.from({ length: 3 }, () => ["process", "ballot.cast"]),
      );
    }
  });

  test("are the same when read again", () => {
    expect([...spansOf(rows, readerDeps)]).toEqual(spans);
  });
});

describe("a record that ends early", () => {
  test("is one whole tree wherever it ends, and says what it does not know", () => {
    for (let end = 1; end < rows.length; end += 1) {
      const early = [...spansOf(rows.slice(0, end), readerDeps)];
      const ids = new Set(early.map(({ spanId }) => spanId));
      expect(early.filter((span) => span.parentSpanId !== undefined && !ids.has(span.parentSpanId))).toEqual(
        [],
      );
      const root = early.filter(({ parentSpanId }) => parentSpanId === undefined);
      expect(root.map(({ attributes }) => attributes["swarm.run.outcome"])).toEqual(["unfinished"]);
      // What was closed by then is told in the same words later.
      const final = new Map(spans.map((span) => [span.spanId, span]));
      const closed = early.filter(({ attributes }) => attributes["swarm.unfinished"] !== true);
      for (const span of closed) {
        if (span.unit === "run" || span.attributes["swarm.step.outcome"] === "unfinished") continue;
        expect(final.get(span.spanId)).toEqual(span);
      }
    }
  });

  test("says when it was paused and resumed", () => {
    const [header, ...turns] = rows.map(({ row }) => row);
    if (header === undefined) throw new Error("a run has a header");
    const half = Math.floor(turns.length / 2);
    const reader = spanReader(readerDeps);
    const resumed: Row = {
      type: "resumed",
      run: header.run,
      atUs: (turns[half - 1]?.atUs ?? 0) + 5_000_000,
      swarm: "test",
      bus: "nats",
    };
    const all = [header, ...turns.slice(0, half), resumed, ...turns.slice(half)].flatMap((row) =>
      reader.read(row),
    );
    const root = all.find(({ unit }) => unit === "run");
    expect(root?.events.map(({ name, atUs }) => [name, atUs])).toEqual([
      ["accepted", header.atUs],
      ["paused", turns[half - 1]?.atUs],
      ["resumed", resumed.atUs],
    ]);
    const systems = all
      .filter(({ unit }) => unit === "publish")
      .map((span) => span.attributes["messaging.system"]);
    expect(new Set(systems)).toEqual(new Set(["memory", "nats"]));
  });
});

test("a lease that others go before keeps its span, with events where it stood still", () => {
  const header = rows.slice(0, 1);
  const body = { model: "m", agent: "a", lines: [], maxTokens: 1, temperature: 0 };
  const grant = { model: "m", sequence: 0, tokens: 1 };
  const request = "q";
  const turns = schedulerRows(
    {
      input: { type: "inference.requested", request, body, replyTo: agentActor("a", "s") },
      effects: [{ type: "generate", request, body, grant }],
    },
    { input: { type: "inference.paused", request } },
    {
      input: { type: "model.evicted", model: "other" },
      effects: [{ type: "restoreSequence", request, body, grant }],
    },
    {
      input: {
        type: "inference.failed",
        request,
        failure: { code: "TIMEOUT", message: "late", retryable: false },
      },
    },
  );
  const told = [...spansOf([...header, ...turns.map((row) => ({ row }))], readerDeps)];
  const holds = told.filter(({ unit }) => unit === "lease.hold");
  expect(holds).toHaveLength(1);
  expect(holds[0]).toMatchObject({
    startUs: 0,
    endUs: 3e6,
    events: [
      { name: "paused", atUs: 1e6 },
      { name: "restored", atUs: 2e6 },
    ],
  });
});

test("several samples of one reply are one question, and no retry", () => {
  const thrice = (effect: Effect): readonly Effect[] =>
    effect.type === "send" && effect.body.type === "inference.requested"
      ? [effect, effect, effect]
      : [effect];
  const sampled = rows.map(({ row }) => ({
    row: row.type === "turn" && "effects" in row ? { ...row, effects: row.effects.flatMap(thrice) } : row,
  }));
  const agents = [...spansOf(sampled, readerDeps)].filter(({ unit }) => unit === "agent");
  expect(agents.length).toBeGreaterThan(5);
  expect(agents.flatMap(({ events }) => events).filter(({ name }) => name === "retry")).toEqual([]);
});
