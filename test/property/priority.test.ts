import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actorId } from "../../coordination/protocol/ids.ts";
import type { InferenceRequested } from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { Step } from "../../coordination/protocol/step.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import { costOf } from "../../inference/scheduling/fair-queue.ts";
import type { SchedulerConfig } from "../../inference/scheduling/config.ts";
import { emptyScheduler, type SchedulerState } from "../../inference/scheduling/state.ts";

type MakeStep = (config: SchedulerConfig) => Step<SchedulerState, Message>;

const CALL = { promptTokens: 10, outputTokens: 20 };

const ask = (request: string, agent: string, priority: number): InferenceRequested => ({
  type: "inference.requested",
  request,
  replyTo: actorId(`agent/${agent}/s`),
  body: {
    model: "m",
    agent,
    lines: [{ role: "user", content: "x".repeat(4 * CALL.promptTokens) }],
    maxTokens: 2 * CALL.outputTokens,
    temperature: 0,
  },
  priority,
});

/** Fills all places of a model, lets calls come while it is full, and ends one call after the other: the order in which they start. */
const startsOf = (
  make: MakeStep,
  places: number,
  waiting: readonly InferenceRequested[],
): readonly string[] => {
  const step = make({ models: { m: { concurrency: places } }, budget: {} });
  const first = Array.from({ length: places }, (_, index) => ask(`first-${index}`, `first-${index}`, 0));
  const started: string[] = [];
  let state = emptyScheduler({ models: { m: { concurrency: places } }, budget: {} });
  const tell = (message: Message): void => {
    const turn = step(state, message);
    state = turn.state;
    for (const effect of turn.effects) if (effect.type === "generate") started.push(effect.request);
  };
  for (const each of [...first, ...waiting]) tell(each);
  expect(started).toHaveLength(places);
  for (let ended = 0; ended < started.length; ended++) {
    const reply = { text: "", usage: CALL, model: "m", startedAtUs: 0, finishedAtUs: 0 };
    tell({ type: "inference.completed", request: started[ended] ?? "", reply });
  }
  return started.slice(places);
};

const full = fc.record({
  places: fc.integer({ min: 1, max: 6 }),
  priorities: fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 30 }),
});

/** Calls of agents that were served equally start by their priority, then in the order in which they came. */
const orderLaw = (make: MakeStep) =>
  fc.property(full, ({ places, priorities }) => {
    const waiting = priorities.map((priority, index) => ask(`r${index}`, `agent-${index}`, priority));
    const sorted = waiting.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
    expect(startsOf(make, places, waiting)).toEqual(sorted.map(({ request }) => request));
  });

/** What a step of priority is worth, in the cost of calls: `docs/inference.md`. */
const HEAD_START = 100;

/** However pressing the calls of one agent are, another that waits ages past them: it waits for as much service as their head start. */
const ageingLaw = (make: MakeStep) =>
  fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 60 }), (priority, more) => {
    const overtaking = Math.ceil((HEAD_START * priority) / costOf(CALL));
    const pressing = Array.from({ length: overtaking + more }, (_, index) =>
      ask(`p${index}`, "pressing", priority),
    );
    const starts = startsOf(make, 1, [ask("low", "patient", 0), ...pressing]);
    expect(starts.indexOf("low")).toBe(overtaking);
  });

const withPriority =
  (change: (priority: number) => number): MakeStep =>
  (config) => {
    const step = schedulerStep(config);
    return (state, message) =>
      step(
        state,
        message.type === "inference.requested"
          ? { ...message, priority: change(message.priority ?? 0) }
          : message,
      );
  };

describe("when all places of a model are taken", () => {
  test("the most pressing call gets the next one", () => {
    fc.assert(orderLaw(schedulerStep), { numRuns: 300 });
  });

  test("a call that is not pressing ages past those that are", () => {
    fc.assert(ageingLaw(schedulerStep), { numRuns: 100 });
  });

  test.each([
    ["priorities that are ignored", orderLaw(withPriority(() => 0))],
    ["priorities the wrong way round", orderLaw(withPriority((priority) => -priority))],
    ["priorities that only count as above or below", orderLaw(withPriority(Math.sign))],
  ])("the first law would notice %s", (_, law) => {
    expect(fc.check(law, { numRuns: 300 }).failed).toBe(true);
  });

  test("the second law would notice a head start without end", () => {
    expect(fc.check(ageingLaw(withPriority((priority) => priority * 1e6)), { numRuns: 100 }).failed).toBe(
      true,
    );
  });
});
