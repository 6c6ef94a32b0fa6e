import { describe, expect, test } from "vitest";
import { agentActor, runId } from "../../../../coordination/protocol/ids.ts";
import type { HeaderRow } from "../../../../coordination/protocol/row.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { schedulerRows, type SchedulerTurn } from "../../../support/scheduler-rows.ts";

const header: HeaderRow = {
  type: "header",
  run: runId("r"),
  atUs: 0,
  swarm: "test",
  task: { name: "leases", path: null, digest: "" },
  plan: {
    models: { far: { provider: "openai-compatible", baseUrl: "https://models.example/v1" } },
  },
  seed: 1,
  models: {
    big: { provider: "llama", footprint: { baseBytes: 900, sequenceBytes: 50 } },
    other: { provider: "llama", footprint: { baseBytes: 900, sequenceBytes: 70 } },
    far: { provider: "openai-compatible" },
  },
  trust: {},
};

const told = (...turns: readonly SchedulerTurn[]) => {
  const rows = [header, ...schedulerRows(...turns)].map((row) => ({ row }));
  return [...spansOf(rows, readerDeps)];
};

const body = (model: string) => ({ model, agent: "a", lines: [], maxTokens: 1, temperature: 0 });
const requested = (request: string, model: string, priority?: number) =>
  ({
    type: "inference.requested",
    request,
    body: body(model),
    replyTo: agentActor("a", "s"),
    ...(priority === undefined ? {} : { priority }),
  }) as const;
const turnAt = (type: "generate" | "restoreSequence", request: string, model: string) =>
  ({ type, request, body: body(model), grant: { model, sequence: 0, tokens: 1 } }) as const;
const load = (model: string) => ({ type: "loadModel", model, sequences: 1, bytes: 950 }) as const;

/** A call of `big` stands still while one of `other` has the memory. */
const swapped: readonly SchedulerTurn[] = [
  { input: { type: "timer.fired", timer: "gather" }, effects: [load("big")] },
  { input: { type: "model.loaded", model: "big", bytes: 950 } },
  { input: requested("one", "big"), effects: [turnAt("generate", "one", "big")] },
  { input: requested("two", "other", 3), effects: [{ type: "saveSequence", request: "one" }] },
  { input: { type: "inference.paused", request: "one" }, effects: [{ type: "evictModel", model: "big" }] },
  { input: { type: "model.evicted", model: "big" }, effects: [load("other")] },
  {
    input: { type: "model.loaded", model: "other", bytes: 950 },
    effects: [turnAt("generate", "two", "other")],
  },
];

test("a lease says what it holds, and how pressing its call is", () => {
  const [wait] = told(...swapped).filter(
    ({ unit, attributes }) => unit === "lease.wait" && attributes["swarm.gpu.model"] === "other",
  );
  expect(wait?.attributes).toMatchObject({
    "swarm.gpu.model": "other",
    "swarm.gpu.priority": "high",
    "swarm.gpu.device": "engine",
    "swarm.gpu.bytes": 70,
  });
});

test("who waits for a model is told what had to go for it, and the displaced and the displacer point at each other", () => {
  const spans = told(...swapped);
  const waits = spans.filter(({ unit }) => unit === "lease.wait");
  expect(waits.map(({ events }) => events.map(({ name, attributes }) => ({ name, ...attributes })))).toEqual([
    [{ name: "enqueued" }],
    [{ name: "enqueued" }, { name: "evict", victim: "big", reason: "room" }],
  ]);
  const holdOf = (model: string) =>
    spans.find(({ unit, attributes }) => unit === "lease.hold" && attributes["swarm.gpu.model"] === model);
  const [displaced, displacer] = [holdOf("big"), holdOf("other")];
  expect(displacer?.links).toEqual([
    { spanId: displaced?.spanId, attributes: { "swarm.link.type": "displaced" } },
  ]);
  expect(displaced?.links).toEqual([
    { spanId: displacer?.spanId, attributes: { "swarm.link.type": "displaced-by" } },
  ]);
});

const held = (spans: readonly Span[], model: string): readonly Span[] =>
  spans.filter(({ unit, attributes }) => unit === "lease.hold" && attributes["swarm.gpu.model"] === model);

const evict = (model: string) => ({ type: "evictModel", model }) as const;

test.each<[string, SchedulerTurn, readonly string[]]>([
  [
    "a model that goes for the room is told to those whose model is not there",
    { input: { type: "timer.fired", timer: "gather" }, effects: [evict("third")] },
    ["big"],
  ],
  [
    "one that was too large is told to those who wait for it",
    { input: { type: "model.loaded", model: "big", bytes: 999 }, effects: [evict("big")] },
    ["big"],
  ],
  [
    "one that nobody asked for long is told to nobody",
    { input: { type: "timer.fired", timer: "idle/other" }, effects: [evict("other")] },
    [],
  ],
])("%s", (_, turn, expected) => {
  const spans = told(
    { input: { type: "timer.fired", timer: "gather" }, effects: [load("other")] },
    { input: { type: "model.loaded", model: "other", bytes: 950 } },
    { input: requested("one", "other") },
    { input: requested("two", "big"), effects: [load("big")] },
    turn,
  );
  const heard = spans.filter(
    ({ unit, events }) => unit === "lease.wait" && events.some(({ name }) => name === "evict"),
  );
  expect(heard.map(({ attributes }) => attributes["swarm.gpu.model"])).toEqual(expected);
});

describe("of all calls", () => {
  test("only the first one of the model displaced any, and no call of a model that was loaded later", () => {
    const spans = told(
      ...swapped,
      { input: requested("more", "other"), effects: [turnAt("generate", "more", "other")] },
      { input: requested("three", "third"), effects: [load("third")] },
      {
        input: { type: "model.loaded", model: "third", bytes: 1 },
        effects: [turnAt("generate", "three", "third")],
      },
    );
    expect(held(spans, "other").map(({ links }) => links.length)).toEqual([0, 1]);
    expect(held(spans, "third").map(({ links }) => links.length)).toEqual([0]);
  });

  test("only those were displaced that stood still, were of the model that went, and were not given up", () => {
    const failure = { code: "TIMEOUT", message: "", retryable: false } as const;
    const spans = told(
      ...swapped.slice(0, 2),
      ...["gone", "one"].map((request) => ({
        input: requested(request, "big"),
        effects: [turnAt("generate", request, "big")],
      })),
      { input: requested("beside", "third"), effects: [turnAt("generate", "beside", "third")] },
      ...["beside", "gone", "one"].map((request) => ({
        input: { type: "inference.paused", request } as const,
      })),
      { input: requested("two", "other"), effects: [evict("big")] },
      { input: { type: "inference.failed", request: "gone", failure } },
      ...swapped.slice(5),
    );
    const [displacer] = held(spans, "other");
    const one = held(spans, "big").find(({ status }) => status.type === "unset");
    expect(displacer?.links.map(({ spanId }) => spanId)).toEqual([one?.spanId]);
  });

  test("the first one of a model that was loaded again, since that had failed, displaced those of the first time", () => {
    const failure = { code: "ENGINE_CRASHED", message: "", retryable: true } as const;
    const again = {
      input: { type: "model.failed", model: "other", failure },
      effects: [load("other")],
    } as const;
    const spans = told(...swapped.slice(0, 6), again, ...swapped.slice(6));
    expect(held(spans, "other")[0]?.links.map(({ spanId }) => spanId)).toEqual([
      held(spans, "big")[0]?.spanId,
    ]);
  });

  test("one that goes on in the place of another displaced that in turn", () => {
    const spans = told(
      ...swapped,
      { input: { type: "inference.paused", request: "two" }, effects: [evict("other")] },
      { input: { type: "model.evicted", model: "other" }, effects: [load("big")] },
      {
        input: { type: "model.loaded", model: "big", bytes: 950 },
        effects: [turnAt("restoreSequence", "one", "big")],
      },
    );
    const types = ({ links }: Span) => links.map(({ attributes }) => attributes["swarm.link.type"]);
    expect(held(spans, "big").map(types)).toEqual([["displaced-by", "displaced"]]);
    expect(held(spans, "other").map(types)).toEqual([["displaced", "displaced-by"]]);
  });
});

test("a call that went on before its model went was displaced by nobody", () => {
  const spans = told(
    ...swapped.slice(0, 3),
    { input: { type: "inference.paused", request: "one" } },
    { input: { type: "timer.fired", timer: "gather" }, effects: [turnAt("restoreSequence", "one", "big")] },
    { input: requested("two", "other"), effects: [{ type: "evictModel", model: "big" }] },
    ...swapped.slice(5),
  );
  expect(spans.filter(({ unit }) => unit === "lease.hold").flatMap(({ links }) => links)).toEqual([]);
});

test("a call over a network names the server, its retries, and why it ended", () => {
  const failure = { code: "RATE_LIMITED", message: "", retryable: true } as const;
  const usage = { promptTokens: 1, outputTokens: 1 };
  const spans = told(
    { input: requested("q", "far"), effects: [turnAt("generate", "q", "far")] },
    {
      input: {
        type: "inference.attempted",
        request: "q",
        attempt: 1,
        model: "far",
        failure,
        delayMs: 1,
        startedAtUs: 1000,
        finishedAtUs: 2000,
      },
    },
    {
      input: {
        type: "inference.completed",
        request: "q",
        reply: {
          text: "yes",
          finishReason: "stop",
          usage,
          model: "far-1",
          startedAtUs: 3000,
          finishedAtUs: 9000,
        },
      },
    },
  );
  expect(spans.find(({ unit }) => unit === "inference")).toMatchObject({
    kind: "client",
    startUs: 1000,
    endUs: 9000,
    attributes: {
      "server.address": "models.example",
      "server.port": 443,
      "gen_ai.response.finish_reasons": ["stop"],
    },
    events: [{ name: "retry", atUs: 2000, attributes: { attempt: 1, "error.type": "RATE_LIMITED" } }],
  });
});
