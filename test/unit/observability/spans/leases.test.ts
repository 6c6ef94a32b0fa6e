import { expect, test } from "vitest";
import { agentActor, runId } from "../../../../coordination/protocol/ids.ts";
import type { HeaderRow } from "../../../../coordination/protocol/row.ts";
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
