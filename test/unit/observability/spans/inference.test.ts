import { describe, expect, test } from "vitest";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import type {
  InferenceFailure,
  InferenceReply,
  InferenceRequest,
} from "../../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { agentActor, schedulerActor } from "../../../../coordination/protocol/ids.ts";
import { redactor } from "../../../../observability/redact.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader, turnRows, type HandTurn } from "../../../support/turn-rows.ts";

const models = {
  far: "openai-compatible",
  near: "openai-compatible",
  own: "llama",
  small: "voter",
  canned: "scripted",
};
const header = handHeader({
  plan: {
    models: {
      far: { baseUrl: "https://models.example/v1" },
      near: { baseUrl: "http://127.0.0.1:8080/v1" },
      plain: { baseUrl: "http://models.example/v1" },
    },
  },
  models: Object.fromEntries(Object.entries(models).map(([name, provider]) => [name, { provider }])),
});

const request = "agent/ann/ask:0";
const lines = [
  { role: "system", content: "be brief" },
  { role: "user", content: "is hunter22 right?" },
] as const;
const bodyOf = (model: string): InferenceRequest => ({
  model,
  agent: "ann",
  lines,
  maxTokens: 9,
  temperature: 0.5,
});
const scheduler = (input: Message, ...effects: readonly Effect[]): HandTurn => ({
  actor: schedulerActor,
  input,
  effects,
});
const requested = (model: string): Message => ({
  type: "inference.requested",
  request,
  body: bodyOf(model),
  replyTo: agentActor("ann", "ask"),
});
/** The body that the engine gets may have been shortened. */
const begun = (model: string, body = bodyOf(model)): HandTurn =>
  scheduler(requested(model), {
    type: "generate",
    request,
    body,
    grant: { model, sequence: 0, tokens: 9 },
  });
const completed = (more: Partial<InferenceReply> = {}): HandTurn =>
  scheduler({
    type: "inference.completed",
    request,
    reply: {
      text: "hunter22 is",
      usage: { promptTokens: 7, outputTokens: 3 },
      model: "m-1",
      startedAtUs: 1_100_000,
      finishedAtUs: 1_900_000,
      ...more,
    },
  });
const failure: InferenceFailure = { code: "TIMEOUT", message: 'late for "hunter22 SECRET"', retryable: true };

const spansAfter = (turns: readonly HandTurn[], content = false): readonly Span[] => {
  const rows = [header, ...turnRows(...turns)].map((row) => ({ row }));
  return [...spansOf(rows, { ...readerDeps, redact: redactor(["hunter22"]), content })];
};
const effectsOf = (turn: HandTurn): readonly Effect[] => ("effects" in turn ? (turn.effects ?? []) : []);
const only = (unit: SpanUnit, spans: readonly Span[]): Span => {
  const [span, ...more] = spans.filter((each) => each.unit === unit);
  if (span === undefined || more.length > 0) throw new Error(`there is one ${unit}`);
  return span;
};
const chatAfter = (...turns: readonly HandTurn[]): Span => only("inference", spansAfter(turns));

test("a call says what was asked of which model, and what it took, as the engine measured it", () => {
  const spans = spansAfter([begun("far"), completed({ firstChunkAtUs: 1_350_000, finishReason: "length" })]);
  const chat = only("inference", spans);
  expect(chat).toMatchObject({ name: "chat far", startUs: 1_100_000, endUs: 1_900_000 });
  expect(chat.events).toEqual([{ name: "first_chunk", atUs: 1_350_000, attributes: {} }]);
  expect(chat.attributes).toEqual({
    "swarm.run.id": "r",
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai-compatible",
    "gen_ai.request.model": "far",
    "gen_ai.request.max_tokens": 9,
    "gen_ai.request.temperature": 0.5,
    "gen_ai.agent.name": "ann",
    "gen_ai.response.model": "m-1",
    "gen_ai.response.finish_reasons": ["length"],
    "gen_ai.response.time_to_first_chunk": 0.25,
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 3,
    "server.address": "models.example",
    "server.port": 443,
  });
  const hold = only("lease.hold", spans);
  expect(chat.links).toEqual([{ spanId: hold.spanId, attributes: { "swarm.link.type": "lease" } }]);
  expect(hold.attributes["swarm.gpu.lease.id"]).toBe("scheduler#0.0");
  expect(only("lease.wait", spans).attributes).not.toHaveProperty("swarm.gpu.lease.id");
});

test("a call of a remote model has the name that the endpoint gives to what answered", () => {
  const chat = chatAfter(begun("far"), completed({ servedModel: "far-2026-05" }));
  expect(chat.attributes["gen_ai.response.model"]).toBe("far-2026-05");
});

test.each([
  ["far", "client"],
  ["near", "client"],
  ["own", "internal"],
  ["small", "internal"],
  ["canned", "internal"],
  ["unheard of", "internal"],
])("a call of the model %s is of the kind %s", (model, kind) => {
  expect(chatAfter(begun(model), completed()).kind).toBe(kind);
});

test("a server is named with the port of its address", () => {
  expect(chatAfter(begun("near"), completed()).attributes).toMatchObject({
    "server.address": "127.0.0.1",
    "server.port": 8080,
  });
  expect(chatAfter(begun("plain"), completed()).attributes["server.port"]).toBe(80);
  expect(chatAfter(begun("own"), completed()).attributes).not.toHaveProperty("server.address");
});

const attempted = (attempt: number, startedAtUs: number) =>
  scheduler({
    type: "inference.attempted",
    request,
    attempt,
    model: "m-1",
    failure,
    delayMs: 1,
    startedAtUs,
    finishedAtUs: startedAtUs + 10,
  });

test("a call that was tried in vain begins with the first try as well", () => {
  const inVain = scheduler({ type: "inference.failed", request, failure });
  expect(chatAfter(begun("far"), attempted(1, 1_400_000), attempted(2, 1_500_000), inVain)).toMatchObject({
    startUs: 1_400_000,
    endUs: 4e6,
  });
});

test("a call that was tried three times begins with the first try, and its first chunk counts from the last", () => {
  const chat = chatAfter(
    begun("far"),
    attempted(1, 1_000_100),
    attempted(2, 1_000_200),
    completed({ firstChunkAtUs: 1_200_000 }),
  );
  expect(chat.startUs).toBe(1_000_100);
  expect(chat.attributes["gen_ai.response.time_to_first_chunk"]).toBe(0.1);
  expect(chat.events.map(({ name, atUs, attributes }) => [name, atUs, attributes])).toEqual([
    ["retry", 1_000_110, { attempt: 1, "error.type": "TIMEOUT" }],
    ["retry", 1_000_210, { attempt: 2, "error.type": "TIMEOUT" }],
    ["first_chunk", 1_200_000, {}],
  ]);
});

/** The scheduler tells whoever asked. */
const refusal = (why: InferenceFailure): Effect => ({
  type: "send",
  to: agentActor("ann", "ask"),
  body: { type: "inference.failed", request, failure: why },
});
const aborted = { code: "ABORTED", message: "the request was withdrawn", retryable: false } as const;
/** What an engine says of a call that it was told to end. */
const letGo = scheduler({ type: "inference.failed", request, failure: aborted });
const error = {
  status: { type: "error", message: 'late for "…"' },
  attributes: { "error.type": "TIMEOUT" },
};

test("a call that failed is an error with its lease, and what the error quotes is left out", () => {
  const spans = spansAfter([begun("far"), scheduler({ type: "inference.failed", request, failure })]);
  for (const unit of ["inference", "lease.hold"] as const)
    expect(only(unit, spans)).toMatchObject({ endUs: 2e6, ...error });
  expect(only("lease.wait", spans)).toMatchObject({ endUs: 1e6, status: { type: "unset" } });
});

test("a call that was refused before its turn fails with its wait", () => {
  const spans = spansAfter([
    scheduler(requested("far")),
    scheduler({ type: "timer.fired", timer: "x" }, refusal(failure)),
  ]);
  expect(spans.filter(({ unit }) => unit === "inference" || unit === "lease.hold")).toEqual([]);
  expect(only("lease.wait", spans)).toMatchObject({ endUs: 2e6, ...error });
});

describe("a call that nobody waits for any more has not failed, and is told to have been withdrawn", () => {
  const withdrawn = scheduler({ type: "inference.cancelled", request }, refusal(aborted));
  const cutOff = {
    status: { type: "unset" },
    attributes: { "swarm.unfinished": true },
    events: expect.arrayContaining([{ name: "withdrawn", atUs: 2e6, attributes: {} }]),
  };

  test("while it was under way, and ends when its engine lets go of it", () => {
    const spans = spansAfter([begun("far"), withdrawn, letGo]);
    for (const unit of ["inference", "lease.hold"] as const)
      expect(only(unit, spans)).toMatchObject({ endUs: 3e6, ...cutOff });
    expect(only("lease.wait", spans).attributes).not.toHaveProperty("swarm.unfinished");
  });

  test("and is whole where its engine was done with it all the same", () => {
    const spans = spansAfter([begun("own"), withdrawn, completed({ firstChunkAtUs: 1_900_000 })]);
    const chat = only("inference", spans);
    expect(chat).toMatchObject({ endUs: 1_900_000, status: cutOff.status });
    expect(only("lease.hold", spans)).toMatchObject({ endUs: 3e6, events: cutOff.events });
    // It was over by then.
    expect(chat.events.map(({ name }) => name)).toEqual(["first_chunk"]);
    expect(chat.attributes).not.toHaveProperty("swarm.unfinished");
  });

  test("while it waited for its turn", () => {
    const spans = spansAfter([scheduler(requested("far")), withdrawn]);
    expect(only("lease.wait", spans)).toMatchObject({ endUs: 2e6, ...cutOff });
  });

  test("but what another call fails of in that moment is its failure", () => {
    const other = scheduler(
      { type: "inference.cancelled", request: "agent/bob/ask:0" },
      ...effectsOf(withdrawn),
    );
    expect(only("lease.wait", spansAfter([scheduler(requested("far")), other])).status.type).toBe("error");
  });
});

describe("a call that ran out of time", () => {
  const timeGoesOn = scheduler({ type: "timer.fired", timer: "x" });
  const withdrawn = scheduler(
    { type: "timer.fired", timer: `deadline/${request}` },
    { type: "abortGeneration", request },
    refusal(failure),
  );

  test("holds its lease until the engine lets go of it, and keeps why it was withdrawn", () => {
    const spans = spansAfter([begun("own"), withdrawn, timeGoesOn, letGo]);
    for (const unit of ["inference", "lease.hold"] as const)
      expect(only(unit, spans)).toMatchObject({ endUs: 4e6, ...error });
  });

  test("says what it took where the engine was done all the same", () => {
    const spans = spansAfter([begun("own"), withdrawn, completed()]);
    expect(only("inference", spans)).toMatchObject({
      endUs: 1_900_000,
      status: error.status,
      attributes: { ...error.attributes, "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3 },
    });
    expect(only("lease.hold", spans).endUs).toBe(3e6);
  });

  test("holds its lease as well where it had stood still before", () => {
    const paused = scheduler({ type: "inference.paused", request });
    const restored = scheduler(timeGoesOn.input, {
      type: "restoreSequence",
      request,
      body: bodyOf("own"),
      grant: { model: "own", sequence: 0, tokens: 9 },
    });
    const spans = spansAfter([begun("own"), paused, restored, withdrawn, timeGoesOn, letGo]);
    for (const unit of ["inference", "lease.hold"] as const)
      expect(only(unit, spans)).toMatchObject({ endUs: 6e6, ...error });
  });

  test("ends at once where it stood still, and where the engine puts it aside", () => {
    const paused = scheduler({ type: "inference.paused", request });
    for (const turns of [
      [paused, withdrawn],
      [withdrawn, paused],
    ]) {
      const spans = spansAfter([begun("own"), ...turns, timeGoesOn]);
      for (const unit of ["inference", "lease.hold"] as const)
        expect(only(unit, spans)).toMatchObject({ endUs: 3e6, ...error });
    }
  });
});

test("what was asked and said is told on request only, as it went to the engine and without secrets", () => {
  const shorter = { ...bodyOf("far"), lines: lines.slice(1) };
  const asked = JSON.stringify([
    { role: "user", parts: [{ type: "text", content: "is [redacted] right?" }] },
  ]);
  for (const end of [completed(), scheduler({ type: "inference.failed", request, failure })]) {
    const quiet = Object.keys(chatAfter(begun("far"), end).attributes);
    expect(quiet.filter((name) => /messages|instructions/.test(name))).toEqual([]);
  }
  const told = (...turns: readonly HandTurn[]) => only("inference", spansAfter(turns, true)).attributes;
  expect(told(begun("far"), completed())).toMatchObject({
    "gen_ai.system_instructions": JSON.stringify([{ type: "text", content: "be brief" }]),
    "gen_ai.input.messages": asked,
    "gen_ai.output.messages": JSON.stringify([
      { role: "assistant", parts: [{ type: "text", content: "[redacted] is" }] },
    ]),
  });
  const cut = told(begun("far", shorter), scheduler({ type: "inference.failed", request, failure }));
  expect(cut).toMatchObject({ "gen_ai.input.messages": asked });
  expect(cut).not.toHaveProperty("gen_ai.system_instructions");
  expect(cut).not.toHaveProperty("gen_ai.output.messages");
});

test("with what is quoted, a failure is told without secrets all the same", () => {
  const spans = spansAfter([begun("far"), scheduler({ type: "inference.failed", request, failure })], true);
  expect(only("inference", spans).status).toEqual({ type: "error", message: 'late for "[redacted] SECRET"' });
});

test("a call ends no earlier than it began, whatever the clock of its engine says", () => {
  const chat = chatAfter(begun("own"), completed({ startedAtUs: 1_500_000, finishedAtUs: 1_400_000 }));
  expect([chat.startUs, chat.endUs]).toEqual([1_500_000, 1_500_000]);
});
