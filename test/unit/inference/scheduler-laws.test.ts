import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Effect } from "../../../coordination/protocol/effect.ts";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type { InferenceRequested } from "../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import type { Step } from "../../../coordination/protocol/step.ts";
import { worstCaseTokens } from "../../../inference/budget.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { emptyLane } from "../../../inference/scheduling/lane.ts";
import { emptyScheduler, type SchedulerState } from "../../../inference/scheduling/state.ts";

/** One thing that happens: a request, or the answer to one of the calls in flight. */
type Happening =
  | {
      readonly type: "ask";
      readonly model: string;
      readonly agent: string;
      readonly chars: number;
      readonly maxTokens: number;
    }
  | { readonly type: "answer"; readonly which: number; readonly usedPercent: number | null };

type Story = { readonly config: SchedulerConfig; readonly happenings: readonly Happening[] };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("ask" as const),
      model: fc.constantFrom("m", "n", "unknown"),
      agent: fc.constantFrom("ada", "bob", "cy"),
      chars: fc.nat(200),
      maxTokens: fc.integer({ min: 1, max: 300 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      which: fc.nat(50),
      usedPercent: fc.option(fc.nat(100)),
    }),
  },
);

const story: fc.Arbitrary<Story> = fc.record({
  config: fc.record({
    models: fc.record({
      m: fc.record({ concurrency: fc.integer({ min: 1, max: 4 }) }),
      n: fc.record({ concurrency: fc.integer({ min: 1, max: 4 }) }),
    }),
    budget: fc.record(
      { tokens: fc.integer({ min: 0, max: 6000 }), turns: fc.integer({ min: 0, max: 60 }) },
      { requiredKeys: [] },
    ),
    maxQueued: fc.integer({ min: 1, max: 12 }),
  }),
  happenings: fc.array(happening, { maxLength: 120 }),
});

/** What the outside saw, computed from effects only, so that a ledger that lies to itself is found out. */
type Seen = {
  readonly asked: Set<string>;
  readonly answers: Map<string, number>;
  readonly open: Map<string, InferenceRequested["body"]>;
  spent: number;
  turns: number;
  broken: string | undefined;
};

const tellStory = (
  step: (config: SchedulerConfig) => Step<SchedulerState, Message>,
  { config, happenings }: Story,
): Seen => {
  const seen: Seen = {
    asked: new Set(),
    answers: new Map(),
    open: new Map(),
    spent: 0,
    turns: 0,
    broken: undefined,
  };
  const take = step(config);
  let state = emptyScheduler(config);
  const tell = (message: Message): void => {
    const turn = take(state, message);
    state = turn.state;
    for (const effect of turn.effects) observe(config, seen, effect);
  };
  for (const [index, each] of happenings.entries()) {
    if (each.type === "ask") tell(requestOf(seen, `r${index}`, each));
    else answerOne(seen, each, tell);
  }
  // The engine answers all that is left: then nobody may still wait.
  for (let rounds = 0; seen.open.size > 0 && rounds < 10_000; rounds++)
    answerOne(seen, { which: 0, usedPercent: 100 }, tell);
  for (const request of seen.asked) {
    if (seen.answers.get(request) !== 1)
      seen.broken ??= `${request} was answered ${seen.answers.get(request) ?? 0} times`;
  }
  return seen;
};

const requestOf = (
  seen: Seen,
  request: string,
  { model, agent, chars, maxTokens }: Extract<Happening, { type: "ask" }>,
): Message => {
  seen.asked.add(request);
  const body = {
    model,
    agent,
    lines: [{ role: "user" as const, content: "é".repeat(chars) }],
    maxTokens,
    temperature: 0,
  };
  return { type: "inference.requested", request, replyTo: actorId(`agent/${agent}/s`), body };
};

const answerOne = (
  seen: Seen,
  { which, usedPercent }: { which: number; usedPercent: number | null },
  tell: (message: Message) => void,
): void => {
  const request = [...seen.open.keys()][which % Math.max(1, seen.open.size)];
  const body = request === undefined ? undefined : seen.open.get(request);
  if (request === undefined || body === undefined) return;
  seen.open.delete(request);
  if (usedPercent === null) {
    return tell({
      type: "inference.failed",
      request,
      failure: { code: "ENGINE_CRASHED", message: "", retryable: true },
    });
  }
  const promptTokens = Math.floor((worstCaseTokens(body) * usedPercent) / 100);
  seen.spent += promptTokens;
  tell({
    type: "inference.completed",
    request,
    reply: {
      text: "",
      usage: { promptTokens, outputTokens: 0 },
      model: "m",
      startedAtUs: 0,
      finishedAtUs: 0,
    },
  });
};

const observe = (config: SchedulerConfig, seen: Seen, effect: Effect): void => {
  if (
    effect.type === "send" &&
    (effect.body.type === "inference.completed" || effect.body.type === "inference.failed")
  ) {
    seen.answers.set(effect.body.request, (seen.answers.get(effect.body.request) ?? 0) + 1);
  }
  if (effect.type !== "generate") return;
  seen.open.set(effect.request, effect.body);
  seen.turns += 1;
  const atWorst = [...seen.open.values()].reduce((sum, body) => sum + worstCaseTokens(body), seen.spent);
  if (atWorst > (config.budget.tokens ?? Infinity)) seen.broken ??= `${atWorst} tokens could be spent`;
  if (seen.turns > (config.budget.turns ?? Infinity)) seen.broken ??= `${seen.turns} turns were spent`;
  const running = [...seen.open.values()].filter(({ model }) => model === effect.body.model).length;
  if (running > (config.models[effect.body.model]?.concurrency ?? 0))
    seen.broken ??= `${running} calls of one model at once`;
};

const laws = (step: (config: SchedulerConfig) => Step<SchedulerState, Message>) =>
  fc.property(story, (each) => {
    expect(tellStory(step, each).broken).toBeUndefined();
  });

type Wrap = (
  turn: ReturnType<Step<SchedulerState, Message>>,
  before: SchedulerState,
) => ReturnType<Step<SchedulerState, Message>>;
const withFault =
  (wrap: Wrap) =>
  (config: SchedulerConfig): Step<SchedulerState, Message> => {
    const step = schedulerStep(config);
    return (state, message) => wrap(step(state, message), state);
  };

describe("the laws of the scheduler", () => {
  test("never over budget or concurrency, and each request is answered once when the engine has answered all", () => {
    fc.assert(laws(schedulerStep), { numRuns: 500 });
  });

  test.each<[string, Parameters<typeof laws>[0]]>([
    ["a budget that is not asked", (config) => schedulerStep({ ...config, budget: {} })],
    [
      "a reservation that is forgotten",
      withFault((turn) => ({
        ...turn,
        state: { ...turn.state, ledger: { ...turn.state.ledger, reservedTokens: 0 } },
      })),
    ],
    [
      "an answer sent twice",
      withFault(({ state, effects }) => ({
        state,
        effects: [...effects, ...effects.filter(({ type }) => type === "send")],
      })),
    ],
    [
      "a call that is not started",
      withFault(({ state, effects }) => ({
        state,
        effects: effects.filter(({ type }) => type !== "generate"),
      })),
    ],
    [
      "a queue that is dropped",
      withFault(({ state, effects }) => ({
        state: {
          ...state,
          models: Object.fromEntries(
            Object.entries(state.models).map(([name, model]) => [name, { ...model, lane: emptyLane }]),
          ),
        },
        effects,
      })),
    ],
    [
      "one call too many",
      (config) => {
        const step = schedulerStep(config);
        return (state, message) => step({ ...state, memory: withRoom(state.memory) }, message);
      },
    ],
  ])("would notice %s", (_, faulty) => {
    expect(fc.check(laws(faulty), { numRuns: 500 }).failed).toBe(true);
  });

  test("a small agent waits for at most one call of each other agent, however long their queues", () => {
    const law = fc.property(fc.integer({ min: 1, max: 200 }), (queued) => {
      // The call in flight, at most one more of the hog's, then the small one.
      expect(startsFromNow(queued).indexOf("small")).toBeLessThanOrEqual(2);
    });
    fc.assert(law);
  });

  test("many requests cost about as much each as few", () => {
    // Copies are counted, not timed: blocks of the queue that a step did not share with the state before.
    const config: SchedulerConfig = { models: { m: { concurrency: 1 } }, budget: {}, maxQueued: 2000 };
    const step = schedulerStep(config);
    let state = emptyScheduler(config);
    for (let i = 0; i < 1500; i++) {
      const next = step(state, ask(`r${i}`, "ada")).state;
      const old = new Set(state.models["m"]?.lane.queues["ada"]?.blocks);
      const copied = next.models["m"]?.lane.queues["ada"]?.blocks.filter((block) => !old.has(block)) ?? [];
      expect(copied.length).toBeLessThanOrEqual(1);
      state = next;
    }
  });
});

const withRoom = (memory: SchedulerState["memory"]): SchedulerState["memory"] => ({
  ...memory,
  holdings: Object.fromEntries(
    Object.entries(memory.holdings).map(([name, holding]) => [name, { ...holding, sequences: 9 }]),
  ),
});

const ask = (request: string, agent: string): Message => ({
  type: "inference.requested",
  request,
  replyTo: actorId(`agent/${agent}/s`),
  body: { model: "m", agent, lines: [], maxTokens: 1, temperature: 0 },
});

/** The call in flight and those that start after it when a small agent asks behind a long queue. */
const startsFromNow = (queued: number): readonly string[] => {
  const config: SchedulerConfig = { models: { m: { concurrency: 1 } }, budget: {} };
  const step = schedulerStep(config);
  let state = emptyScheduler(config);
  const started: string[] = [];
  const tell = (message: Message): void => {
    const turn = step(state, message);
    state = turn.state;
    for (const effect of turn.effects) if (effect.type === "generate") started.push(effect.request);
  };
  for (let i = 0; i < queued; i++) tell(ask(`h${i}`, "hog"));
  tell(ask("small", "small"));
  const alreadyStarted = started.length;
  while (!started.includes("small")) {
    const request = started.at(-1) ?? "";
    tell({ type: "inference.failed", request, failure: { code: "TIMEOUT", message: "", retryable: true } });
  }
  return started.slice(alreadyStarted - 1);
};
