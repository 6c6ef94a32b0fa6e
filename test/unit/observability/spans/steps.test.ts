import { expect, test } from "vitest";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import { agentActor, effectId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader, turnRows, type HandTurn } from "../../../support/turn-rows.ts";

const [left, right] = ["both[10]/in[2]/left", "both[10]/in[2]/right"];

const taskOf = (step: string, decision?: string): Message => ({
  type: "task.assigned",
  step,
  prompt: "Well?",
  replyTo: workflowActor,
  ...(decision === undefined ? {} : { decision }),
});
const assign = (step: string, decision?: string): Effect => ({
  type: "send",
  to: agentActor("ann", step),
  body: taskOf(step, decision),
});
const done = (step: string): Message => ({
  type: "task.completed",
  step,
  answer: { text: "x", usage: { promptTokens: 1, outputTokens: 1 } },
});
const gone = (step: string): Message => ({
  type: "delivery.failed",
  id: effectId(workflowActor, 0, 0),
  to: agentActor("ann", step),
  code: "STEP_FAILED",
  message: "odd",
});
const workflow = (input: Message, ...effects: readonly Effect[]): HandTurn => ({
  actor: workflowActor,
  input,
  effects,
});

const spansAfter = (...turns: readonly HandTurn[]): readonly Span[] => [
  ...spansOf(
    [handHeader(), ...turnRows(...turns)].map((row) => ({ row })),
    readerDeps,
  ),
];
const stepIn = (spans: readonly Span[], path: string): Span | undefined =>
  spans.find(({ unit, attributes }) => unit === "step" && attributes["swarm.step.path"] === path);

test("an agent that is gone is missed by its own step, however deep that lies", () => {
  const spans = spansAfter(
    workflow({ type: "run.started" }, assign(left), assign(right, right)),
    workflow(gone(right)),
    workflow(gone(left)),
  );
  expect(stepIn(spans, right)?.events).toMatchObject([{ name: "agent.lost", atUs: 2e6 }]);
  expect(stepIn(spans, left)).toMatchObject({ endUs: 3e6, status: { type: "error", message: "odd" } });
});

test("what an agent says late leaves its step as it is", () => {
  const failed: Message = {
    type: "task.failed",
    step: left,
    code: "INFERENCE_FAILED",
    message: "odd",
  };
  const spans = spansAfter(workflow({ type: "run.started" }, assign(left, left)), workflow(failed));
  expect(stepIn(spans, left)).toMatchObject({
    status: { type: "unset" },
    attributes: { "swarm.step.outcome": "unfinished" },
  });
});

test("a step that is over stays as it was, and what begins late for it lies in what is around", () => {
  const spans = spansAfter(
    workflow({ type: "run.started" }, assign(left), assign(right)),
    workflow(done(left)),
    { actor: agentActor("ann", left), input: taskOf(left) },
    workflow(gone(left)),
  );
  const step = stepIn(spans, left);
  expect(step).toMatchObject({ endUs: 2e6, status: { type: "unset" }, events: [] });
  expect(step?.attributes["swarm.step.outcome"]).toBe("done");
  const item = stepIn(spans, "both[10]/in[2]");
  expect(item?.attributes["swarm.step.outcome"]).toBe("unfinished");
  expect(spans.find(({ unit }) => unit === "agent")?.parentSpanId).toBe(item?.spanId);
});

test("of a plan that does not tell, what is around a step is of the kind `steps`", () => {
  const spans = spansAfter(workflow({ type: "run.started" }, assign(left)));
  const paths = ["both", "both[10]", "both[10]/in", "both[10]/in[2]", left];
  const told = paths.map((path) => stepIn(spans, path)?.attributes);
  expect(told.map((attributes) => [attributes?.["swarm.step.id"], attributes?.["swarm.step.kind"]])).toEqual([
    ["both", "steps"],
    ["both", "item"],
    ["both/in", "steps"],
    ["both/in", "item"],
    ["both/in/left", "ask"],
  ]);
});
