import { describe, expect, test } from "vitest";
import { failuresIn } from "../../../../cli/trace/failures.ts";
import { failuresText } from "../../../../cli/trace/failures-text.ts";
import type { SpanEvent } from "../../../../observability/span.ts";
import { madeSpan as span } from "../../../support/made-span.ts";

const retry = (attributes: SpanEvent["attributes"], atUs = 5): SpanEvent => ({
  name: "retry",
  atUs,
  attributes,
});

test("the tries of calls are told by model and reason, and agents that ask again by their names", () => {
  const chat = (spanId: string, model: string, ...events: readonly SpanEvent[]) =>
    span({ spanId, unit: "inference", attributes: { "gen_ai.request.model": model }, events });
  const agent = (spanId: string, name: string, reason: string) =>
    span({
      spanId,
      unit: "agent",
      attributes: { "gen_ai.agent.name": name, "swarm.step.path": "ask" },
      events: [retry({ reason })],
    });
  const found = failuresIn([
    chat(
      "1",
      "big",
      retry({ "error.type": "PROVIDER_FAILED" }),
      retry({ "error.type": "PROVIDER_FAILED" }, 6),
    ),
    chat("2", "slow", retry({ "error.type": "TIMEOUT" }, 7)),
    agent("3", "ann", "UNUSABLE_REPLY"),
    agent("4", "bob", "TIMEOUT"),
  ]);
  expect(found.map(({ what, code, message, count }) => `${count} ${what} ${code}: ${message}`)).toEqual([
    "2 model big PROVIDER_FAILED: tried again",
    "1 agent ann UNUSABLE_REPLY: asked its model again",
    "1 agent bob TIMEOUT: asked again, its model or its next one",
    "1 model slow TIMEOUT: tried again",
  ]);
});

test("what failed often is told as it was the first time, whichever of the spans ended first", () => {
  const agent = (step: string, endUs: number, retriedAtUs: number) =>
    span({
      spanId: step,
      unit: "agent",
      endUs,
      attributes: { "gen_ai.agent.name": "ann", "swarm.step.path": step },
      events: [retry({ reason: "TIMEOUT" }, retriedAtUs)],
    });
  const found = failuresIn([agent("all[0]", 100, 90), agent("all[1]", 200, 10), agent("all[2]", 300, 250)]);
  expect(found).toMatchObject([{ where: "all[1]", atUs: 10, count: 3 }]);
});

describe("agents that were at work when the record ends", () => {
  const agent = (step: string, startUs: number) =>
    span({
      spanId: step,
      unit: "agent",
      startUs,
      endUs: 100,
      attributes: { "gen_ai.agent.name": "ann", "swarm.step.path": step, "swarm.unfinished": true },
    });
  // What is open when the record ends is closed from the inside out, the last first.
  const spans = [agent("all[1]", 20), agent("all[0]", 10)];

  test("are told by where the first of them began", () => {
    expect(failuresIn(spans)).toMatchObject([{ code: "unfinished", where: "all[0]", count: 2 }]);
  });

  test("are at work still where the run goes on", () => {
    expect(failuresIn(spans, true)).toEqual([]);
  });
});

const failed = (message: string) => ({ type: "error", message }) as const;

test("the cause is told and what failed for it is not, but the run's own sentence always is", () => {
  const error = { "error.type": "TIMEOUT" };
  const step = { "swarm.step.path": "ask", "error.type": "INFERENCE_FAILED" };
  const found = failuresIn([
    span({
      spanId: "run",
      unit: "run",
      status: failed("step ask: late"),
      attributes: { "error.type": "failed" },
    }),
    span({ spanId: "s", unit: "step", parentSpanId: "run", status: failed("late"), attributes: step }),
    span({ spanId: "a", unit: "agent", parentSpanId: "s", status: failed("late"), attributes: step }),
    span({
      spanId: "c",
      unit: "inference",
      parentSpanId: "a",
      endUs: 5,
      status: failed("late"),
      attributes: { ...error, "gen_ai.request.model": "big" },
      links: [{ spanId: "h", attributes: {} }],
    }),
    span({ spanId: "h", unit: "lease.hold", parentSpanId: "a", status: failed("late"), attributes: error }),
  ]);
  expect(found.map(({ what, code, where }) => [what, code, where])).toEqual([
    ["model big", "TIMEOUT", "ask"],
    ["run", "failed", "the run"],
  ]);
});

test("a wait that ended in nothing is told by its model, since no call was made", () => {
  const found = failuresIn([
    span({
      spanId: "w",
      unit: "lease.wait",
      status: failed("too late"),
      attributes: { "error.type": "TIMEOUT", "swarm.gpu.model": "big" },
    }),
  ]);
  expect(found).toMatchObject([{ what: "model big", code: "TIMEOUT", message: "too late" }]);
});

test("a program is told by its name, and a call that was withdrawn is not told", () => {
  const found = failuresIn([
    span({
      spanId: "t",
      unit: "tool",
      status: failed("killed"),
      attributes: { "error.type": "COMMAND_FAILED", "gen_ai.tool.name": "judge" },
    }),
    span({
      spanId: "c",
      unit: "inference",
      attributes: { "swarm.unfinished": true },
      events: [{ name: "withdrawn", atUs: 5, attributes: {} }],
    }),
  ]);
  expect(found.map(({ what, code }) => [what, code])).toEqual([["program judge", "COMMAND_FAILED"]]);
});

test("restarts, lost agents and messages that were failed on are told", () => {
  const event = (name: string, attributes: SpanEvent["attributes"]) => ({ name, atUs: 5, attributes });
  const found = failuresIn([
    span({
      spanId: "a",
      unit: "agent",
      attributes: { "gen_ai.agent.name": "ann", "swarm.step.path": "ask" },
      events: [event("restart", { "error.type": "TypeError", reason: "odd" }), event("state", {})],
    }),
    span({
      spanId: "s",
      unit: "step",
      attributes: { "swarm.step.path": "vote" },
      events: [event("agent.lost", { reason: "too odd" }), event("agent.full", { reason: "too much mail" })],
    }),
    span({
      spanId: "p",
      unit: "process",
      status: failed("odd"),
      attributes: { "swarm.message.type": "task.assigned", "error.type": "TypeError" },
    }),
  ]);
  expect(found.map(({ what, code, message, where }) => [what, code, message, where])).toEqual([
    ["agent ann", "TypeError", "odd", "ask"],
    ["step", "AGENT_LOST", "too odd", "vote"],
    ["step", "MAILBOX_FULL", "too much mail", "vote"],
    ["message task.assigned", "TypeError", "odd", "the run"],
  ]);
});

test.each([
  ["settled", []],
  ["tie", [["decision", "tie", "vote"]]],
])("a decision that came to %j is told as %j", (outcome, told) => {
  const attributes = { "swarm.decision.outcome": outcome, "swarm.decision.id": "vote" };
  const found = failuresIn([span({ spanId: "d", unit: "decision", attributes })]);
  expect(found.map(({ what, code, where }) => [what, code, where])).toEqual(told);
});

test.each([
  ["unfinished", 1],
  ["failed", 1],
  ["done", 0],
  ["not-settled", 0],
  ["waiting", 0],
])("of a run that came to %j, %i agents that were at work are told", (outcome, count) => {
  const found = failuresIn([
    span({ spanId: "run", unit: "run", attributes: { "swarm.run.outcome": outcome } }),
    span({ spanId: "a", unit: "agent", parentSpanId: "run", attributes: { "swarm.unfinished": true } }),
    span({ spanId: "c", unit: "inference", parentSpanId: "a", attributes: { "swarm.unfinished": true } }),
  ]);
  expect(found).toHaveLength(count);
});

test("what happened first is told first", () => {
  const chat = (spanId: string, endUs: number, ...events: readonly SpanEvent[]) =>
    span({ spanId, unit: "inference", endUs, attributes: { "gen_ai.request.model": spanId }, events });
  const found = failuresIn([
    chat("late", 10, retry({ "error.type": "TIMEOUT" }, 9)),
    chat("early", 20, retry({ "error.type": "TIMEOUT" }, 1)),
  ]);
  expect(found.map(({ what }) => what)).toEqual(["model early", "model late"]);
});

test("colours stay colours, and what others say is made printable", () => {
  const text = failuresText(
    [{ what: "model \u001b[2J", code: "TIMEOUT", message: "no\u0007", where: "ask", atUs: 5, count: 1 }],
    0,
    { paintResult: (_, text) => `<${text}>` },
  );
  expect(text).toBe("<TIMEOUT>  model \\x1b[2J\n  no\\x07\n  in ask after 5 us\n");
});
