import { describe, expect, test } from "vitest";
import type { Effect } from "../../../coordination/protocol/effect.ts";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type {
  InferenceFailure,
  InferenceRequested,
} from "../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import { emptyLedger } from "../../../inference/budget.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { usedBytes } from "../../../inference/scheduling/memory.ts";
import { emptyScheduler } from "../../../inference/scheduling/state.ts";

const requester = actorId("agent/ada/look");

const ask = (request: string, model = "m", deadlineMs?: number): InferenceRequested => ({
  type: "inference.requested",
  request,
  replyTo: requester,
  body: {
    model,
    agent: "ada",
    lines: [{ role: "user", content: "hello" }],
    maxTokens: 10,
    temperature: 0,
  },
  ...(deadlineMs === undefined ? {} : { deadlineMs }),
});

const usage = { promptTokens: 5, outputTokens: 0 };
const done = (request: string): Message => ({
  type: "inference.completed",
  request,
  reply: { text: "hi", usage, model: "m", startedAtUs: 1, finishedAtUs: 2 },
});
const fired = (timer: string): Message => ({ type: "timer.fired", timer });
const cancel = (request: string): Message => ({ type: "inference.cancelled", request });
const loaded = (model: string): Message => ({ type: "model.loaded", model, bytes: 600 });

const aborted: InferenceFailure = {
  code: "ABORTED",
  message: "the request was withdrawn",
  retryable: false,
};
const failing = (request: string, failure: InferenceFailure): Effect => ({
  type: "send",
  to: requester,
  body: { type: "inference.failed", request, failure },
});
const abort = (request: string): Effect => ({ type: "abortGeneration", request });
const stopTimer = (request: string): Effect => ({ type: "cancelTimer", timer: `deadline/${request}` });

/** Runs the messages and returns the state, and the effects of the last step. */
const after = (config: SchedulerConfig, ...messages: readonly Message[]) => {
  const step = schedulerStep(config);
  let state = emptyScheduler(config);
  let effects: readonly Effect[] = [];
  for (const message of messages) ({ state, effects } = step(state, message));
  return { state, effects };
};

const one: SchedulerConfig = { models: { m: { concurrency: 1 } }, budget: { tokens: 10_000 } };

describe("a request that is withdrawn", () => {
  test("while it waits is told so, leaves the queue, and stops its deadline", () => {
    const { state, effects } = after(one, ask("a"), ask("b", "m", 900), cancel("b"));
    expect(effects).toEqual([stopTimer("b"), failing("b", aborted)]);
    expect(state.models["m"]?.lane.length).toBe(0);
    expect(after(one, ask("a"), ask("b"), cancel("b"), done("a")).effects).toHaveLength(1);
  });

  test("while it runs is told so at once, and holds its place until the engine lets go of it", () => {
    const running = after(one, ask("a", "m", 900), ask("b"), cancel("a"));
    expect(running.effects).toEqual([abort("a"), stopTimer("a"), failing("a", aborted)]);
    expect(running.state.models["m"]?.running).toBe(1);
    // Again: its requester knows already.
    expect(after(one, ask("a"), ask("b"), cancel("a"), cancel("a")).effects).toEqual([]);
    const gone = after(one, ask("a"), ask("b"), cancel("a"), done("a"));
    expect(gone.effects).toMatchObject([{ type: "generate", request: "b" }]);
    expect(gone.state.ledger.spentTokens).toBe(5);
  });

  test("that nobody knows changes nothing", () => {
    expect(after(one, ask("a"), done("a"), cancel("a")).effects).toEqual([]);
  });
});

describe("a deadline", () => {
  const budget = { turns: 1 };
  test.each<[string, SchedulerConfig, readonly Message[]]>([
    ["answered", one, [ask("b", "m", 900), done("b")]],
    ["refused for the budget", { ...one, budget }, [ask("a"), ask("b", "m", 900), done("a")]],
  ])("stops with its request, where that is %s", (_, config, messages) => {
    expect(after(config, ...messages).effects).toContainEqual(stopTimer("b"));
  });

  test("fails a call that still waits, and says so", () => {
    const { effects, state } = after(one, ask("a"), ask("b", "m", 900), fired("deadline/b"));
    expect(effects).toMatchObject([{ body: { failure: { code: "TIMEOUT", retryable: false } } }]);
    expect(JSON.stringify(effects)).toContain("the call of m still waited at its deadline of 900 ms");
    expect(state.models["m"]?.lane.length).toBe(0);
  });
});

/** Two models of which one fits; the call `a` of the first is paused, since `b` waits for the second. */
const taking: SchedulerConfig = {
  models: {
    m: { concurrency: 1, footprint: { baseBytes: 600, sequenceBytes: 0 }, pausable: true },
    n: { concurrency: 1, footprint: { baseBytes: 600, sequenceBytes: 0 }, pausable: true },
  },
  budget: { tokens: 10_000 },
  memoryBytes: 1_000,
};
const untilSaving: readonly Message[] = [
  ask("a", "m", 900),
  fired("gather"),
  loaded("m"),
  ask("b", "n"),
  fired("gather"),
  fired("quantum"),
  fired("drain"),
];
const paused: Message = { type: "inference.paused", request: "a" };
const untilPaused: readonly Message[] = [...untilSaving, paused];

describe("a call that is paused", () => {
  test("is the one that the story pauses", () => {
    expect(after(taking, ...untilSaving).effects).toEqual([{ type: "saveSequence", request: "a" }]);
    expect(after(taking, ...untilPaused).effects).toEqual([{ type: "evictModel", model: "m" }]);
  });

  test("is none of a model that does not say that its calls can be", () => {
    const { m, n } = taking.models;
    const models = {
      m: { concurrency: 1, ...(m?.footprint && { footprint: m.footprint }) },
      ...(n && { n }),
    };
    expect(after({ ...taking, models }, ...untilSaving).effects).toEqual([]);
  });

  test("and is withdrawn leaves the engine too, and gives its tokens back", () => {
    const { state, effects } = after(taking, ...untilPaused, cancel("a"));
    expect(effects).toEqual([abort("a"), stopTimer("a"), failing("a", aborted)]);
    expect(state.ledger).toEqual({ ...emptyLedger, spentTurns: 1 });
    expect(state.models["m"]?.paused).toEqual([]);
  });

  test("and was withdrawn while it was saved leaves the engine once it is", () => {
    const { state, effects } = after(taking, ...untilSaving, cancel("a"), paused);
    expect(effects).toEqual([abort("a"), { type: "evictModel", model: "m" }]);
    expect(state.ledger).toEqual({ ...emptyLedger, spentTurns: 1 });
  });

  test("goes on in the order in which it came, whatever the order in which calls were saved", () => {
    const two = { ...taking, models: { ...taking.models, m: { ...taking.models["m"], concurrency: 2 } } };
    const [first, ...rest] = untilSaving;
    if (first === undefined) throw new Error("the story is empty");
    const saved: Message = { type: "inference.paused", request: "z" };
    const { state } = after(two, first, ask("z"), ...rest, saved, paused);
    expect(state.models["m"]?.paused.map(({ request }) => request)).toEqual(["a", "z"]);
  });

  test("says at its deadline that it was", () => {
    const { effects } = after(taking, ...untilPaused, fired("deadline/a"));
    expect(effects[0]).toEqual(abort("a"));
    expect(JSON.stringify(effects)).toContain("the call of m was paused at its deadline of 900 ms");
  });

  test("fails with those that wait where its model does not come back", () => {
    const failure = { code: "MODEL_UNAVAILABLE", message: "gone", retryable: false } as const;
    const { state, effects } = after(
      taking,
      ...untilPaused,
      { type: "model.evicted", model: "m" },
      loaded("n"),
      ask("c", "m", 900),
      done("b"),
      fired("gather"),
      { type: "model.evicted", model: "n" },
      { type: "model.failed", model: "m", failure },
    );
    expect(effects).toEqual([
      abort("a"),
      stopTimer("a"),
      failing("a", failure),
      stopTimer("c"),
      failing("c", failure),
    ]);
    expect(state.ledger).toEqual({ ...emptyLedger, spentTokens: 5, spentTurns: 2 });
    expect(usedBytes(state.memory)).toBe(0);
  });
});

describe("a model that does not come into memory", () => {
  const only: SchedulerConfig = {
    models: { m: { concurrency: 1, footprint: { baseBytes: 600, sequenceBytes: 0 } } },
    budget: {},
    memoryBytes: 1_000,
  };
  const crashed = (retryable: boolean): Message => ({
    type: "model.failed",
    model: "m",
    failure: { code: "ENGINE_CRASHED", message: "gone", retryable },
  });
  const load: Effect = { type: "loadModel", model: "m", sequences: 1, bytes: 600 };
  const told = { type: "send", body: { type: "inference.failed", request: "a" } };

  test("is loaded three times where another load may help; then all that wait are told", () => {
    expect(after(only, ask("a")).effects).toEqual([load]);
    expect(after(only, ask("a"), crashed(true), crashed(true)).effects).toEqual([load]);
    const { state, effects } = after(only, ask("a"), crashed(true), crashed(true), crashed(true));
    expect(effects).toMatchObject([told]);
    expect(usedBytes(state.memory)).toBe(0);
  });

  test("is loaded as often for whoever asks next, and after it has been there", () => {
    const gaveUp = [ask("a"), crashed(true), crashed(true), crashed(true)];
    expect(after(only, ...gaveUp, ask("b"), crashed(true)).effects).toEqual([load]);
    const worked = [ask("a"), crashed(true), crashed(true), loaded("m")];
    expect(after(only, ...worked).state.models["m"]?.failedLoads).toBe(0);
  });

  test("is not loaded again where that would not help", () => {
    expect(after(only, ask("a"), crashed(false)).effects).toMatchObject([told]);
  });

  test("that takes more than there is goes again, and those that wait learn what it needs", () => {
    const over: Message = { type: "model.loaded", model: "m", bytes: 1_001 };
    expect(after(only, ask("a"), over).effects).toEqual([{ type: "evictModel", model: "m" }]);
    const gone: Message = { type: "model.evicted", model: "m" };
    const { state, effects } = after(only, ask("a"), over, gone);
    expect(effects).toMatchObject([{ body: { failure: { code: "MODEL_UNAVAILABLE", retryable: false } } }]);
    expect(JSON.stringify(effects)).toContain("m needs 1 MiB with one context");
    expect(usedBytes(state.memory)).toBe(0);
    // It takes what was measured, and is refused at once from now on.
    expect(after(only, ask("a"), over, gone, ask("b")).effects).toMatchObject([{ type: "send" }]);
  });

  test("that takes more than there is three times in a row is given up, also where it could fit", () => {
    const wide: SchedulerConfig = {
      models: { m: { concurrency: 8, footprint: { baseBytes: 100, sequenceBytes: 50 } } },
      budget: {},
      memoryBytes: 500,
    };
    const gone: Message = { type: "model.evicted", model: "m" };
    const over = (bytes: number): readonly Message[] => [{ type: "model.loaded", model: "m", bytes }, gone];
    const twice = [ask("a"), ...over(501), ...over(501)];
    expect(after(wide, ...twice).effects).toMatchObject([{ type: "loadModel", model: "m" }]);
    const { state, effects } = after(wide, ...twice, ...over(501));
    expect(effects).toMatchObject([{ body: { failure: { code: "MODEL_UNAVAILABLE" } } }]);
    expect(JSON.stringify(effects)).toContain("m took more memory than was set aside for it, 3 times");
    expect(usedBytes(state.memory)).toBe(0);
    // As often again for whoever asks next.
    expect(after(wide, ...twice, ...over(501), ask("b"), ...over(501)).effects).toMatchObject([
      { type: "loadModel", model: "m" },
    ]);
  });
});

test("a call that waits for the budget does not keep a model out that another waits for", () => {
  const config: SchedulerConfig = {
    models: {
      m: { concurrency: 2 },
      n: { concurrency: 1, footprint: { baseBytes: 600, sequenceBytes: 0 } },
    },
    budget: { tokens: 150 },
    memoryBytes: 1_000,
  };
  const { effects } = after(config, ask("a"), ask("b"), ask("c", "n"));
  expect(effects).toEqual([{ type: "loadModel", model: "n", sequences: 1, bytes: 600 }]);
});

test("a timer that was stopped, or never ran, changes nothing when it fires", () => {
  const waiting = [ask("a"), fired("gather"), loaded("m"), ask("b", "n")];
  const early = fired("quantum");
  expect(after(taking, ...waiting, early).effects).toEqual([]);
  const { effects } = after(taking, ...waiting, early, fired("gather"));
  expect(effects).toMatchObject([{ type: "startTimer", timer: "quantum" }]);
});
