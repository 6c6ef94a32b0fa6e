import { describe, expect, test } from "vitest";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { bestSet, candidateOf, openingSet, type Candidate } from "../../../inference/scheduling/placement.ts";
import {
  emptyScheduler,
  modelOf,
  withModel,
  type SchedulerState,
} from "../../../inference/scheduling/state.ts";

const candidate = (model: string, bytes: number, serves = 1, isHere = false): Candidate => ({
  model,
  bytes,
  serves,
  bytesToLoad: isHere ? 0 : bytes,
});
const large = candidate("large", 5, 2);
const middle = candidate("middle", 3);
const small = candidate("small", 1, 1);

describe("the models that come in", () => {
  test.each<[string, readonly Candidate[], number, readonly string[]]>([
    ["what loads soonest, with what fits beside it", [large, middle, small], 7, ["middle", "small"]],
    ["all, where all fit", [large, middle, small], 9, ["large", "middle", "small"]],
    [
      "of equal loads the one that serves more",
      [middle, { ...small, bytes: 3, bytesToLoad: 3, serves: 4 }],
      5,
      ["small"],
    ],
    ["none, where none fits", [large, middle], 2, []],
    [
      "beside what is there, rather than in its place",
      [small, middle, candidate("here", 4, 9, true)],
      5,
      ["small", "here"],
    ],
  ])("are, where all have waited equally long: %s", (_, candidates, budget, names) => {
    const missing = candidates.filter(({ bytesToLoad }) => bytesToLoad > 0).length;
    expect(openingSet(candidates, missing, budget)).toEqual(names);
  });

  test.each([
    ["a sequence for each of its agents", 3, 8, 130],
    ["no more than it can have at once", 9, 4, 140],
    ["as many as fit, where it is alone", 50, 50, 200],
  ])("take %s", (_, agents, concurrency, bytes) => {
    const footprint = { baseBytes: 100, sequenceBytes: 10 };
    const config: SchedulerConfig = {
      models: { m: { concurrency, agents, footprint } },
      budget: {},
      memoryBytes: 205,
    };
    const state = emptyScheduler(config);
    expect(candidateOf(config, state, "m")).toEqual({ model: "m", bytes, serves: 0, bytesToLoad: 100 });
    // What is there takes what it takes.
    const holdings = { m: { phase: "resident", bytes: 115, sequences: 1 } } as const;
    const there = { ...state, memory: { ...state.memory, holdings } };
    expect(candidateOf(config, there, "m")).toEqual({ model: "m", bytes: 115, serves: 0, bytesToLoad: 0 });
    // What is on its way out would have to be loaded again.
    const leaving = { ...there.memory, holdings: { m: { ...holdings.m, phase: "evicting" } } } as const;
    expect(candidateOf(config, { ...there, memory: leaving }, "m")).toMatchObject({
      bytes,
      bytesToLoad: 100,
    });
  });

  test("serve at once all that run, wait or are paused, as far as there are sequences", () => {
    const config: SchedulerConfig = { models: { m: { concurrency: 3 } }, budget: {} };
    const ask = (request: string): Message => ({
      type: "inference.requested",
      request,
      replyTo: actorId("agent/ada/s"),
      body: { model: "m", agent: "ada", lines: [], maxTokens: 10, temperature: 0 },
    });
    const step = schedulerStep(config);
    const after = (...messages: readonly Message[]) =>
      messages.reduce((state, message) => step(state, message).state, emptyScheduler(config));
    const serves = (state: SchedulerState) => candidateOf(config, state, "m").serves;
    const two = after(ask("a"), ask("b"));
    expect(serves(two)).toBe(2);
    const paused = Object.values(modelOf(two, "m")?.inFlight ?? {});
    expect(serves(withModel(two, "m", { paused, inFlight: {}, running: 0 }))).toBe(2);
    expect(serves(after(ask("a"), ask("b"), ask("c"), ask("d")))).toBe(3);
  });

  test("are, of those that serve as many, those that load least, and then all that may stay", () => {
    const [first, second] = [candidate("first", 1, 0, true), candidate("second", 1, 0, true)];
    expect(bestSet(large, [first, second], 7)).toEqual(["large", "first", "second"]);
    expect(bestSet(large, [middle, candidate("here", 3, 1, true)], 8)).toEqual(["large", "here"]);
  });

  test("have the one in them that has waited longest, whatever it loads", () => {
    expect(bestSet(large, [middle, small], 7)).toEqual(["large", "small"]);
    expect(bestSet(large, [middle], 4)).toEqual(["large"]);
    expect(bestSet(large, [small], 6)).toEqual(["large", "small"]);
  });
});

test("a model that was passed over once comes in at the next change, though another would load sooner", () => {
  const sized = (baseBytes: number) => ({ concurrency: 1, footprint: { baseBytes, sequenceBytes: 0 } });
  const config: SchedulerConfig = {
    models: { large: sized(900), small: sized(800), tiny: sized(300) },
    budget: {},
    memoryBytes: 1_000,
  };
  const ask = (model: string): Message => ({
    type: "inference.requested",
    request: model,
    replyTo: actorId("agent/ada/s"),
    body: { model, agent: "ada", lines: [], maxTokens: 10, temperature: 0 },
  });
  const failure = { code: "ENGINE_CRASHED", message: "gone", retryable: true } as const;
  const step = schedulerStep(config);
  let state = emptyScheduler(config);
  const loads: string[] = [];
  for (const message of [
    ask("small"),
    ask("large"),
    { type: "timer.fired", timer: "gather" },
    { type: "model.loaded", model: "small", bytes: 800 },
    ask("tiny"),
    { type: "timer.fired", timer: "gather" },
    { type: "inference.failed", request: "small", failure },
    { type: "model.evicted", model: "small" },
  ] satisfies Message[]) {
    const turn = step(state, message);
    state = turn.state;
    for (const effect of turn.effects) if (effect.type === "loadModel") loads.push(effect.model);
  }
  expect(loads).toEqual(["small", "large"]);
});
