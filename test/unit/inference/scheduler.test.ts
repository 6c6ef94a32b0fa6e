import { describe, expect, test } from "vitest";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type {
  InferenceReply,
  InferenceRequested,
} from "../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import type { Effect } from "../../../coordination/protocol/effect.ts";
import { emptyLedger, worstCaseTokens } from "../../../inference/budget.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { emptyScheduler } from "../../../inference/scheduling/state.ts";

const requester = actorId("agent/ada/look");

const ask = (
  request: string,
  { model = "m", agent = "ada", content = "hello" } = {},
): InferenceRequested => ({
  type: "inference.requested",
  request,
  replyTo: requester,
  body: { model, agent, lines: [{ role: "user", content }], maxTokens: 10, temperature: 0 },
});

const reply = (promptTokens = 5, outputTokens = 2): InferenceReply => ({
  text: "hi",
  usage: { promptTokens, outputTokens },
  model: "m",
  startedAtUs: 1,
  finishedAtUs: 2,
});

const done = (request: string, usedTokens?: number): Message => ({
  type: "inference.completed",
  request,
  reply: reply(usedTokens ?? 5, 0),
});

const generate = ({ request, body }: InferenceRequested, sequence = 0): Effect => ({
  type: "generate",
  request,
  body,
  grant: { model: body.model, sequence, tokens: worstCaseTokens(body) },
});
const told = (body: Message): Effect => ({ type: "send", to: requester, body });

/** Runs the messages and returns the effects of each step. */
const run = (config: SchedulerConfig, messages: readonly Message[]) => {
  const step = schedulerStep(config);
  let state = emptyScheduler(config);
  const effects = messages.map((message) => {
    const turn = step(state, message);
    state = turn.state;
    return turn.effects;
  });
  return { state, effects };
};

const oneAtATime: SchedulerConfig = { models: { m: { concurrency: 1 } }, budget: {} };
const need = worstCaseTokens(ask("x").body);

const started = (effects: readonly (readonly Effect[])[]): readonly string[] =>
  effects.flat().flatMap((effect) => (effect.type === "generate" ? [effect.request] : []));

describe("a scheduler", () => {
  test("starts what there is room for and forwards the answer to the requester", () => {
    const { state, effects } = run(oneAtATime, [ask("a"), done("a")]);
    expect(effects).toEqual([[generate(ask("a"))], [told(done("a"))]]);
    expect(state.ledger).toEqual({ ...emptyLedger, spentTokens: 5, spentTurns: 1 });
    expect(state.models["m"]).toMatchObject({ running: 0, inFlight: {}, paused: [], lane: { length: 0 } });
  });

  test("gives the memory of a model to the next one, also where its engine failed while it let go of it", () => {
    const footprint = { baseBytes: 600, sequenceBytes: 0 };
    const model = { concurrency: 1, footprint };
    const failure = { code: "ENGINE_CRASHED", message: "gone", retryable: true } as const;
    const { state, effects } = run(
      { models: { m: model, n: model }, budget: {}, memoryBytes: 1_000, policy: { type: "lru" } },
      [
        ask("a"),
        { type: "model.loaded", model: "m", bytes: 600 },
        done("a"),
        ask("b", { model: "n" }),
        { type: "model.failed", model: "m", failure },
        { type: "model.loaded", model: "n", bytes: 600 },
      ],
    );
    expect(effects.slice(3)).toEqual([
      [{ type: "evictModel", model: "m" }],
      [{ type: "loadModel", model: "n", sequences: 1, bytes: 600 }],
      [generate(ask("b", { model: "n" }))],
    ]);
    expect(Object.keys(state.memory.holdings)).toEqual(["n"]);
  });

  test("forwards a failure, and what it had reserved is free again", () => {
    const lost: Message = {
      type: "inference.failed",
      request: "a",
      failure: { code: "ENGINE_CRASHED", message: "gone", retryable: true },
    };
    const { state, effects } = run(oneAtATime, [ask("a"), lost]);
    expect(effects[1]).toEqual([told(lost)]);
    expect(state.ledger).toEqual({ ...emptyLedger, spentTurns: 1 });
  });

  test("hands the priority of a request to the engine, and fails it for good at its deadline", () => {
    const pressing = { ...ask("a"), priority: 2, deadlineMs: 900 };
    const { effects } = run(oneAtATime, [pressing, { type: "timer.fired", timer: "deadline/a" }]);
    expect(effects[0]).toEqual([
      { type: "startTimer", timer: "deadline/a", ms: 900, clock: "process" },
      { ...generate(ask("a")), priority: 2 },
    ]);
    const message =
      "the call of m was still at work at its deadline of 900 ms; raise the deadline, or the call's priority";
    expect(effects[1]).toEqual([
      { type: "abortGeneration", request: "a" },
      told({
        type: "inference.failed",
        request: "a",
        failure: { code: "TIMEOUT", message, retryable: false },
      }),
    ]);
  });

  test("keeps to the concurrency of the model, and starts the next one when a call ends", () => {
    const { effects } = run(oneAtATime, [ask("a"), ask("b"), done("a")]);
    expect(effects).toEqual([[generate(ask("a"))], [], [told(done("a")), generate(ask("b"))]]);
  });

  test("does not let one model hold up another", () => {
    const config: SchedulerConfig = { models: { m: { concurrency: 1 }, n: { concurrency: 1 } }, budget: {} };
    const { effects } = run(config, [ask("a"), ask("b"), ask("c", { model: "n" })]);
    expect(started(effects)).toEqual(["a", "c"]);
  });

  test("lets agents take turns, and keeps the order of each", () => {
    const hog = ["h1", "h2", "h3"].map((name) => ask(name, { agent: "hog" }));
    const messages = [...hog, ask("s1", { agent: "small" }), done("h1"), done("s1"), done("h2"), done("h3")];
    expect(started(run(oneAtATime, messages).effects)).toEqual(["h1", "s1", "h2", "h3"]);
  });

  test("refuses above the bound of the queue, and says when asking again may help", () => {
    const config = { models: { m: { concurrency: 2 } }, budget: {}, maxQueued: 3 };
    const took = (request: string, ms: number): Message => ({
      type: "inference.completed",
      request,
      reply: { ...reply(), startedAtUs: 0, finishedAtUs: ms * 1000 },
    });
    const asked = Array.from({ length: 6 }, (_, index) => ask(`${index}`));
    const later = [ask("6"), ask("7"), ask("8"), ask("9", { agent: "bob" })];
    const { effects } = run(config, [...asked, took("0", 400), took("1", 1400), ...later]);
    // Two run and three wait. Nobody knows yet how long a call takes; then it is 400 ms, and a tenth of the way to the next.
    for (const [at, request, retryAfterMs] of [
      [5, "5", 1500],
      [10, "8", 750],
    ] as const) {
      const failure = { code: "OVERLOADED", retryable: true, retryAfterMs };
      expect(effects[at]).toMatchObject([{ type: "send", body: { request, failure } }]);
    }
    // The bound is that of an agent.
    expect([effects[9], effects[11]]).toEqual([[], []]);
    // A clock that was set back tells nothing.
    const back = run(config, [...asked.slice(0, 5), took("0", -400), ask("6"), ask("7")]).effects[7];
    expect(back).toMatchObject([{ body: { failure: { retryAfterMs: 1500 } } }]);
  });

  test("counts what calls took, not what was expected of them, and divides it by the weight of the agent", () => {
    const config: SchedulerConfig = { ...oneAtATime, weights: { ada: 2 } };
    const asked = ["ada", "bob"].flatMap((agent) => [0, 1, 2].map((at) => ask(`${agent}${at}`, { agent })));
    const { effects, state } = run(config, [
      ...asked,
      done("ada0", 100),
      done("bob0", 60),
      done("ada1", 10),
      done("ada2", 10),
    ]);
    // After 100 by 2 for ada and 60 for bob ada is behind, and is so again after 110 by 2; then bob is not.
    expect(started(effects)).toEqual(["ada0", "bob0", "ada1", "ada2", "bob1"]);
    expect(state.served).toMatchObject({ ada: 60 });
  });

  test("refuses models that never leave and do not fit, and takes no memory for others then", () => {
    const footprint = { baseBytes: 10, sequenceBytes: 0 };
    const models = { m: { concurrency: 1, pinnedBytes: 900 }, n: { concurrency: 1, footprint } };
    const config: SchedulerConfig = { models, budget: {}, memoryBytes: 800 };
    const { effects, state } = run(config, [ask("a"), ask("b", { model: "n" })]);
    expect(state.memory.budgetBytes).toBe(0);
    const failure = { code: "MODEL_UNAVAILABLE", retryable: false };
    expect(effects).toMatchObject([[{ body: { failure } }], [{ body: { failure } }]]);
    expect(JSON.stringify(effects[0])).toContain("never leave need 1 MiB, and 0 MiB may be used");
    expect(JSON.stringify(effects[1])).toContain(
      "0 MiB may be used beside the 1 MiB of models that never leave",
    );
    // To the byte.
    for (const [model, memoryBytes, type] of [
      ["n", 910, "loadModel"],
      ["n", 909, "send"],
      ["m", 900, "generate"],
      ["m", 899, "send"],
    ] as const)
      expect(run({ ...config, memoryBytes }, [ask("b", { model })]).effects[0]).toMatchObject([{ type }]);
  });

  test("counts all models that never leave; one that takes no memory is served, whether they fit or not", () => {
    const pinned = { concurrency: 1, pinnedBytes: 500 };
    const models = { m: pinned, n: pinned, free: { concurrency: 1 } };
    const { effects } = run({ models, budget: {}, memoryBytes: 999 }, [
      ask("a"),
      ask("b", { model: "free" }),
    ]);
    expect(effects).toMatchObject([[{ type: "send" }], [{ type: "generate" }]]);
  });

  test("hands on a priority below that of others too", () => {
    const { effects } = run(oneAtATime, [{ ...ask("a"), priority: -2 }]);
    expect(effects[0]).toEqual([{ ...generate(ask("a")), priority: -2 }]);
  });

  test("waits with a request that does not fit while others may give back, and lets nothing pass it", () => {
    const config: SchedulerConfig = { models: { m: { concurrency: 9 } }, budget: { tokens: need + 50 } };
    const small = ask("small", { content: "" });
    const { effects } = run(config, [ask("a"), ask("b"), small, done("a", 5), done("b", 5)]);
    expect(effects.slice(1)).toEqual([
      [],
      [],
      [told(done("a", 5)), generate(ask("b"))],
      [told(done("b", 5)), generate(small)],
    ]);
  });

  test.each([
    ["tokens", { tokens: need - 1 }, `${need} tokens, ${need - 1} of ${need - 1} are left`],
    ["turns", { turns: 0 }, "all 0 turns"],
  ])("refuses for good what the budget of %s can never pay, with the numbers", (_, budget, numbers) => {
    const { effects } = run({ ...oneAtATime, budget }, [ask("a")]);
    expect(effects[0]).toMatchObject([
      {
        body: {
          failure: { code: "BUDGET_SPENT", retryable: false, message: expect.stringContaining(numbers) },
        },
      },
    ]);
  });

  test("a spent budget refuses all that wait", () => {
    const { effects } = run({ ...oneAtATime, budget: { turns: 1 } }, [
      ask("a"),
      ask("b"),
      ask("c"),
      done("a"),
    ]);
    expect(effects[3]).toMatchObject([
      { body: { request: "a" } },
      { body: { request: "b", failure: { code: "BUDGET_SPENT" } } },
      { body: { request: "c", failure: { code: "BUDGET_SPENT" } } },
    ]);
  });

  test.each(["nobody", "constructor", "__proto__"])(
    "refuses the model %s that the task does not have",
    (model) => {
      const { effects } = run(oneAtATime, [ask("a", { model })]);
      expect(effects[0]).toMatchObject([
        { body: { failure: { code: "MODEL_UNAVAILABLE", retryable: false } } },
      ]);
    },
  );

  test("ignores an answer that it has seen, and a notice about a requester that is gone", () => {
    const gone: Message = {
      type: "delivery.failed",
      id: "scheduler#1.0" as never,
      to: requester,
      code: "NO_SUCH_ACTOR",
      message: "gone",
    };
    const { effects } = run(oneAtATime, [ask("a"), done("a"), done("a"), gone]);
    expect(effects.slice(2)).toEqual([[], []]);
    const footprint = { baseBytes: 600, sequenceBytes: 0 };
    const models = { m: { concurrency: 1, footprint } };
    const loaded: Message = { type: "model.loaded", model: "m", bytes: 600 };
    const evicted: Message = { type: "model.evicted", model: "m" };
    const managed = run({ models, budget: {}, memoryBytes: 1_000 }, [ask("a"), loaded, loaded, evicted]);
    expect(managed.effects.slice(2)).toEqual([[], []]);
    expect(Object.keys(managed.state.memory.holdings)).toEqual(["m"]);
  });

  test("its state is plain JSON", () => {
    const { state } = run(
      oneAtATime,
      Array.from({ length: 100 }, (_, i) => ask(`r${i}`)),
    );
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
