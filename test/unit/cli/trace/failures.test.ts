import { expect, test } from "vitest";
import { failuresIn } from "../../../../cli/trace/failures.ts";
import { failuresText } from "../../../../cli/trace/failures-text.ts";
import type { Span, SpanEvent } from "../../../../observability/span.ts";

const span = (more: Partial<Span> & Pick<Span, "spanId" | "unit">): Span => ({
  traceId: "t",
  name: more.spanId,
  kind: "internal",
  startUs: 0,
  endUs: 10,
  status: { type: "unset" },
  attributes: {},
  events: [],
  links: [],
  ...more,
});

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

test("colours stay colours, and what others say is made printable", () => {
  const text = failuresText(
    [{ what: "model \u001b[2J", code: "TIMEOUT", message: "no\u0007", where: "ask", atUs: 5, count: 1 }],
    0,
    { paintResult: (_, text) => `<${text}>` },
  );
  expect(text).toBe("<TIMEOUT>  model \\x1b[2J\n  no\\x07\n  in ask after 5 us\n");
});
