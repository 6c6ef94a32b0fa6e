import { describe, expect, test } from "vitest";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type { InferenceRequested } from "../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import {
  arrive,
  charge,
  costOf,
  expectedCost,
  nextInTurn,
} from "../../../inference/scheduling/fair-queue.ts";
import { emptyScheduler, modelOf, type ModelState } from "../../../inference/scheduling/state.ts";

const ask = (request: string, agent: string, model = "m"): InferenceRequested => ({
  type: "inference.requested",
  request,
  replyTo: actorId(`agent/${agent}/look`),
  body: { model, agent, lines: [{ role: "user", content: "hello" }], maxTokens: 10, temperature: 0 },
});
const done = (request: string): Message => ({
  type: "inference.completed",
  request,
  reply: {
    text: "hi",
    usage: { promptTokens: 5, outputTokens: 0 },
    model: "m",
    startedAtUs: 1,
    finishedAtUs: 2,
  },
});
const config: SchedulerConfig = { models: { m: { concurrency: 1 } }, budget: {} };

/** The state of the model after these, and the requests in the order in which they were started. */
const after = (...messages: readonly Message[]): { model: ModelState; started: readonly string[] } => {
  const step = schedulerStep(config);
  let state = emptyScheduler(config);
  const started: string[] = [];
  for (const message of messages) {
    const turn = step(state, message);
    state = turn.state;
    for (const effect of turn.effects) if (effect.type === "generate") started.push(effect.request);
  }
  const model = modelOf(state, "m");
  if (model === undefined) throw new Error("there is no model");
  return { model, started };
};
const nobody = after().model;

describe("an agent that comes", () => {
  test("starts at the virtual time, and saves up no service for the time when it asked for none", () => {
    expect(arrive({ ...nobody, virtualTime: 24 }, "cy")).toEqual({ cy: 24 });
  });

  test("starts later where it was served ahead of its time", () => {
    expect(arrive({ ...nobody, virtualTime: 24, tags: { ada: 37 } }, "ada")).toEqual({ ada: 37 });
  });

  test("keeps its tag while it waits", () => {
    const { model } = after(ask("a", "ada"), ask("b", "bea"));
    expect(arrive({ ...model, virtualTime: 99 }, "bea")).toEqual(model.tags);
  });

  test("leaves nothing behind in the lane when its last call starts", () => {
    expect(after(ask("a", "ada"), ask("b", "bea"), done("a")).model.lane).toEqual({ queues: {}, length: 0 });
  });

  test("late takes turns with the others, and does not catch up on them first", () => {
    const alone = ["1", "2", "3", "4", "5"].flatMap((request) => [ask(request, "ada"), done(request)]);
    const together = ["x1", "x2", "x3"].map((request) => ask(request, "ada"));
    const late = ["y1", "y2", "y3"].map((request) => ask(request, "bea"));
    const order = ["x1", "y1", "x2", "y2", "x3", "y3"];
    const { started } = after(...alone, ...together, ...late, ...order.map(done));
    expect(started.slice(5)).toEqual(order);
  });
});

test("the virtual time does not go back where a call starts that waited behind others", () => {
  expect(charge({ ...nobody, virtualTime: 24, tags: { bea: 5 } }, "bea", 12)).toEqual({
    virtualTime: 24,
    tags: { bea: 17 },
  });
});

test("of two whose turn it is at once the one goes first that came first", () => {
  const { model } = after(ask("a", "ada"), ask("b", "bea"), ask("c", "cy"));
  const { bea, cy } = model.lane.queues;
  if (bea === undefined || cy === undefined) throw new Error("they do not wait");
  for (const queues of [
    { bea, cy },
    { cy, bea },
  ])
    expect(nextInTurn({ ...model, lane: { ...model.lane, queues } })?.request).toBe("b");
});

test("a call that fails has cost what was expected of it", () => {
  const failure = { code: "ENGINE_CRASHED", message: "gone", retryable: true } as const;
  const running = after(ask("a", "ada")).model;
  const failed = after(ask("a", "ada"), { type: "inference.failed", request: "a", failure }).model;
  expect(failed.tags).toEqual(running.tags);
  expect(failed.tags).toEqual({ ada: 12 });
});

test("of calls of several models the one starts first that came first, where the budget has room for one", () => {
  const two: SchedulerConfig = {
    models: { m: { concurrency: 2 }, n: { concurrency: 2 } },
    budget: { tokens: 150 },
  };
  const step = schedulerStep(two);
  const order: string[] = [];
  [ask("a", "ada"), ask("b", "bea", "n"), ask("c", "cy"), done("a")].reduce((state, message) => {
    const turn = step(state, message);
    for (const effect of turn.effects) if (effect.type === "generate") order.push(effect.request);
    return turn.state;
  }, emptyScheduler(two));
  expect(order).toEqual(["a", "b"]);
});

test("a token that is written costs as much as two that are read", () => {
  expect(costOf({ promptTokens: 3, outputTokens: 5 })).toBe(13);
});

test("a request is expected to write half of what it may, and to have as many tokens as English has", () => {
  const lines = [{ role: "user" as const, content: "hello" }];
  // Two of the five letters, and six of the eleven tokens, which cost twice as much.
  expect(expectedCost({ model: "m", agent: "ada", lines, maxTokens: 11, temperature: 0 })).toBe(2 + 2 * 6);
});
