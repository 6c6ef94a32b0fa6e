import { expect, test } from "vitest";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import {
  agentActor,
  effectId,
  failureId,
  runId,
  schedulerActor,
  workflowActor,
  type ActorId,
} from "../../../../coordination/protocol/ids.ts";
import type { TaskDefinition } from "../../../../index.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf, type SpanReaderDeps } from "../../../../observability/spans/reader.ts";
import { traceIds, traceparentOf } from "../../../../observability/trace-ids.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";
import { handHeader, turnRows, type HandTurn } from "../../../support/turn-rows.ts";

const task: TaskDefinition = {
  version: 1,
  name: "said",
  models: {
    yes: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] },
    no: { provider: "scripted", replies: [{ text: "no", confidence: 0.9 }] },
  },
  agents: { a: { role: "r", model: "yes" }, b: { role: "r", model: "no" } },
  workflow: [
    {
      id: "vote",
      decide: {
        question: "Well?",
        options: ["yes", "no"],
        voters: ["a", "b"],
        rule: "unanimity",
        rounds: 1,
        truth: "yes",
      },
    },
  ],
  outputs: {},
};

test("each message lies in the work that it is about, and is handled where it was sent", async () => {
  const rows = await recordOf(task);
  const spans = [...spansOf(rows, readerDeps)];
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const parentOf = ({ parentSpanId }: Span) => byId.get(parentSpanId ?? "");
  const published = spans.filter(({ unit }) => unit === "publish");
  const pairs = published.map((span) => [span.attributes["swarm.message.type"], parentOf(span)?.unit]);
  const parents = (type: string) => new Set(pairs.filter(([each]) => each === type).map(([, unit]) => unit));
  expect(parents("run.started")).toEqual(new Set(["run"]));
  expect(parents("task.assigned")).toEqual(new Set(["step"]));
  expect(parents("inference.requested")).toEqual(new Set(["agent"]));
  expect(parents("inference.completed")).toEqual(new Set(["agent"]));
  expect(parents("round.opened")).toEqual(new Set(["decision"]));
  expect(parents("decision.settled")).toEqual(new Set(["decision"]));
  expect(parents("truth.recorded")).toEqual(new Set(["step"]));

  const processed = spans.filter((span) => span.unit === "process" && parentOf(span)?.unit === "publish");
  expect(processed).toHaveLength(published.length);
  for (const span of processed)
    expect(span.links).toEqual([{ spanId: span.parentSpanId, attributes: { "swarm.link.type": "publish" } }]);
  const run = rows[0]?.row.run;
  expect(published[0]).toMatchObject({
    name: "publish swarm.{run}.to.{actor}",
    kind: "producer",
    attributes: {
      "messaging.system": "memory",
      "messaging.system.name": "memory",
      "messaging.operation.name": "publish",
      "messaging.operation.type": "send",
      "messaging.destination.template": "swarm.{run}.to.{actor}",
      "messaging.destination.name": `swarm.${run}.to.workflow`,
      "messaging.message.id": "host#0.0",
      "messaging.message.conversation_id": run,
      "swarm.message.type": "run.started",
    },
  });
  expect(processed[0]).toMatchObject({
    kind: "consumer",
    attributes: { "messaging.operation.name": "process", "messaging.operation.type": "process" },
  });
});

test("of the messages only those are told that cross a network, if no others are wanted", async () => {
  const rows = await recordOf(task);
  const crossing: SpanReaderDeps = { ...readerDeps, messages: "crossing" };
  const ofBus = (spans: readonly Span[]) =>
    spans.filter(({ attributes }) => attributes["messaging.destination.name"] !== undefined);
  expect(ofBus([...spansOf(rows, crossing)])).toEqual([]);
  const onNats = rows.map(({ row }) => ({
    row: row.type === "header" ? { ...row, bus: "nats" as const } : row,
  }));
  const told = ofBus([...spansOf(onNats, crossing)]);
  expect(told.length).toBe(ofBus([...spansOf(rows, readerDeps)]).length);
  expect(new Set(told.map(({ attributes }) => attributes["messaging.system"]))).toEqual(new Set(["nats"]));
});

test("what an agent gets over a network is handled there, also where its work came to it within a process", async () => {
  const crossing: SpanReaderDeps = { ...readerDeps, messages: "crossing" };
  const [header, ...rows] = (await recordOf(task)).map(({ row }) => row);
  if (header?.type !== "header") throw new Error("a record begins with its header");
  const { run, atUs, swarm } = header;
  const taken = rows.findIndex((row) => row.type === "turn" && row.input.type === "inference.requested");
  const resumed: Row = { type: "resumed", run, atUs, swarm, bus: "nats" };
  const all = [header, ...rows.slice(0, taken), resumed, ...rows.slice(taken)];
  const spans = [
    ...spansOf(
      all.map((row) => ({ row })),
      crossing,
    ),
  ];
  const idsOf = (unit: string) =>
    spans
      .filter(({ attributes, ...span }) => span.unit === unit && attributes["messaging.system"] === "nats")
      .map(({ attributes }) => String(attributes["messaging.message.id"]))
      .toSorted();
  expect(idsOf("publish").length).toBeGreaterThan(4);
  expect(idsOf("process")).toEqual(idsOf("publish"));
});

test("each message names the bus of its own time", () => {
  const { run, ...header } = handHeader();
  const said = (atUs: number): HandTurn => ({
    actor: workflowActor,
    input: { type: "run.started" },
    effects: [send(schedulerActor, { type: "inference.cancelled", request: String(atUs) })],
  });
  const [first, second] = turnRows(said(1), said(2));
  if (first === undefined || second === undefined) throw new Error("there are two");
  const resumed: Row = { type: "resumed", run, atUs: 15e5, swarm: "test" };
  const rows: readonly Row[] = [{ ...header, run, bus: "nats" }, first, resumed, second];
  const spans = [
    ...spansOf(
      rows.map((row) => ({ row })),
      readerDeps,
    ),
  ];
  const systems = spans
    .filter(({ unit }) => unit === "publish")
    .map(({ attributes }) => attributes["messaging.system"]);
  expect(systems).toEqual(["nats", "nats", "memory"]);
});

const ann = agentActor("ann", "ask");
const assigned: Message = { type: "task.assigned", step: "ask", prompt: "", replyTo: workflowActor };
const asked: Message = {
  type: "inference.requested",
  request: `${ann}:0`,
  body: { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 },
  replyTo: ann,
};
const send = (to: ActorId, body: Message) => ({ type: "send", to, body }) as const;
const begun: HandTurn = {
  actor: workflowActor,
  input: { type: "run.started" },
  cause: "host#0.0",
  effects: [send(ann, assigned)],
};
const notice = (id: string, to: ActorId, code: "MAILBOX_FULL" | "STEP_FAILED"): Message => ({
  type: "delivery.failed",
  id: effectId(workflowActor, 0, 0),
  to,
  code,
  message: 'odd "SECRET"',
});

const busOf = (...turns: readonly HandTurn[]) => {
  const rows: readonly Row[] = [handHeader(), ...turnRows(...turns)];
  const spans = [
    ...spansOf(
      rows.map((row) => ({ row })),
      readerDeps,
    ),
  ];
  const messages = spans.filter(({ unit }) => unit === "publish" || unit === "process");
  const ids = new Map(messages.map(({ spanId, attributes }) => [spanId, attributes["messaging.message.id"]]));
  return messages.map((span) => ({
    ...span,
    what: `${span.unit} ${String(ids.get(span.spanId))} in ${String(ids.get(span.parentSpanId ?? "") ?? "-")}`,
  }));
};

test("a notice of failure belongs to the message that was failed on", () => {
  const id = effectId(workflowActor, 0, 0);
  const told = busOf(
    begun,
    { actor: ann, input: assigned, cause: id, failed: { code: "Error", message: 'odd "SECRET"' } },
    { actor: workflowActor, input: notice(id, ann, "STEP_FAILED"), cause: failureId(id) },
  );
  expect(told.map(({ what }) => what)).toEqual([
    "publish host#0.0 in -",
    "process host#0.0 in host#0.0",
    `publish ${id} in -`,
    `process ${id} in ${id}`,
    `process ${failureId(id)} in ${id}`,
  ]);
  expect(told[4]?.parentSpanId).toBe(told[2]?.spanId);
  expect(told[3]).toMatchObject({
    status: { type: "error", message: 'odd "…"' },
    attributes: { "error.type": "Error" },
  });
});

test("a notice of a full mailbox belongs to the message that nobody took", () => {
  const id = effectId(workflowActor, 0, 0);
  const told = busOf(begun, {
    actor: workflowActor,
    input: notice(id, ann, "MAILBOX_FULL"),
    cause: failureId(id),
  });
  expect(told.map(({ what }) => what).slice(2)).toEqual([
    `publish ${id} in -`,
    `process ${failureId(id)} in ${id}`,
  ]);
});

test("what is said to an agent that has stopped is sent, and taken by nobody", () => {
  const id = effectId(workflowActor, 0, 0);
  const stray: Message = {
    type: "inference.failed",
    request: `${ann}:0`,
    failure: { code: "ABORTED", message: "", retryable: false },
  };
  const told = busOf(
    begun,
    { actor: ann, input: assigned, cause: id, effects: [send(schedulerActor, asked), { type: "stop" }] },
    { actor: schedulerActor, input: asked, cause: effectId(ann, 0, 0), effects: [send(ann, stray)] },
    { actor: ann, input: stray, cause: effectId(schedulerActor, 0, 0) },
  );
  expect(told.map(({ what }) => what).filter((what) => what.includes("scheduler#0.0"))).toEqual([
    "publish scheduler#0.0 in -",
  ]);
});

test("a message carries the span that sent it, and a notice of failure that of what it is about", () => {
  const ids = traceIds(runId("r"), readerDeps.sha256);
  const id = effectId(workflowActor, 0, 0);
  const [, , published] = busOf(begun);
  expect(traceparentOf(ids, id)).toBe(`00-${ids.trace}-${published?.spanId}-01`);
  expect(traceparentOf(ids, failureId(id))).toBe(traceparentOf(ids, id));
});
