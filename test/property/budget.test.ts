import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Effect } from "../../coordination/protocol/effect.ts";
import { actorId } from "../../coordination/protocol/ids.ts";
import type { InferenceRequest, Usage } from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { Step } from "../../coordination/protocol/step.ts";
import { priceOfTokens, worstCase, type Cost, type Price } from "../../inference/budget.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../inference/scheduling/config.ts";
import { emptyScheduler, type SchedulerState } from "../../inference/scheduling/state.ts";
import { often } from "../support/deep.ts";

type Happening =
  | { readonly type: "ask"; readonly model: string; readonly chars: number; readonly maxTokens: number }
  /** A try of one of the open calls ends: how it ends, and what part of its worst case it took. */
  | {
      readonly type: "end";
      readonly which: number;
      readonly how: "reply" | "failure" | "try";
      readonly part: number;
    };

type Story = { readonly config: SchedulerConfig; readonly happenings: readonly Happening[] };

const price = fc.record({
  inputPicoUsd: fc.integer({ min: 0, max: 30_000_000 }),
  outputPicoUsd: fc.integer({ min: 0, max: 60_000_000 }),
});

const story: fc.Arbitrary<Story> = fc.record({
  config: fc.record({
    models: fc.record({
      remote: fc.record({
        concurrency: fc.integer({ min: 1, max: 5 }),
        price,
        tries: fc.integer({ min: 1, max: 4 }),
      }),
      local: fc.record({ concurrency: fc.integer({ min: 1, max: 5 }) }),
    }),
    budget: fc.record(
      {
        tokens: fc.integer({ min: 0, max: 8_000 }),
        turns: fc.integer({ min: 0, max: 40 }),
        nanoUsd: fc.integer({ min: 0, max: 100_000_000 }),
      },
      { requiredKeys: [] },
    ),
  }),
  happenings: fc.array(
    fc.oneof(
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant("ask" as const),
          model: fc.constantFrom("remote", "local"),
          chars: fc.nat(300),
          maxTokens: fc.integer({ min: 1, max: 300 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          type: fc.constant("end" as const),
          which: fc.nat(20),
          how: fc.constantFrom("reply" as const, "failure" as const, "try" as const),
          part: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      },
    ),
    { maxLength: 60 },
  ),
});

/** A call as the world sees it: what each of its tries may take, and how many of them are left. */
type Open = { readonly body: InferenceRequest; readonly worst: Cost; tries: number };

/** Plays a story and returns the most that was spent or could have been at any moment, from what went in and out alone. */
const play = ({ config, happenings }: Story, step: Step<SchedulerState, Message>) => {
  let state = emptyScheduler(config);
  const open = new Map<string, Open>();
  const answered = new Set<string>();
  const spent = { tokens: 0, nanoUsd: 0, turns: 0 };
  const most = { tokens: 0, nanoUsd: 0, turns: 0 };
  let asked = 0;
  const priceOf = (model: string): Price | undefined => config.models[model]?.price;
  const tell = (message: Message) => {
    const turn = step(state, message);
    ({ state } = turn);
    turn.effects.forEach(note);
    const held = [...open.values()];
    most.tokens = Math.max(
      most.tokens,
      held.reduce((sum, { worst, tries }) => sum + worst.tokens * tries, spent.tokens),
    );
    most.nanoUsd = Math.max(
      most.nanoUsd,
      held.reduce((sum, { worst, tries }) => sum + worst.nanoUsd * tries, spent.nanoUsd),
    );
    most.turns = Math.max(most.turns, spent.turns);
  };
  const note = (effect: Effect) => {
    if (effect.type === "generate") {
      spent.turns += 1;
      const { request, body, tries = 1 } = effect;
      open.set(request, { body, worst: worstCase(body, priceOf(body.model)), tries });
    }
    if (effect.type === "send" && "request" in effect.body) answered.add(effect.body.request);
  };
  const usageOf = ({ body }: Open, part: number): Usage => {
    const { tokens } = worstCase(body);
    const usage = {
      promptTokens: Math.floor((tokens - body.maxTokens) * part),
      outputTokens: Math.floor(body.maxTokens * part),
    };
    const listed = priceOf(body.model);
    return listed === undefined ? usage : { ...usage, costNanoUsd: priceOfTokens(listed, usage) };
  };
  const pay = ({ promptTokens, outputTokens, costNanoUsd }: Usage) => {
    spent.tokens += promptTokens + outputTokens;
    spent.nanoUsd += costNanoUsd ?? 0;
  };
  const end = (request: string, call: Open, how: "reply" | "failure" | "try", part: number) => {
    const usage = usageOf(call, part);
    pay(usage);
    const failure = { code: "PROVIDER_FAILED", message: "", retryable: false, usage } as const;
    if (how === "try" && call.tries > 1) {
      call.tries -= 1;
      return tell({
        type: "inference.attempted",
        request,
        attempt: 1,
        model: "m",
        failure,
        delayMs: 1,
        startedAtUs: 0,
        finishedAtUs: 1,
      });
    }
    open.delete(request);
    if (how === "failure") return tell({ type: "inference.failed", request, failure });
    const reply = { text: "", usage, model: "m", startedAtUs: 0, finishedAtUs: 1 };
    return tell({ type: "inference.completed", request, reply });
  };

  for (const happening of happenings) {
    if (happening.type === "ask") {
      const { model, chars, maxTokens } = happening;
      const lines = [{ role: "user" as const, content: "x".repeat(chars) }];
      const body = { model, agent: "ann", lines, maxTokens, temperature: 0 };
      tell({ type: "inference.requested", request: `r${asked++}`, body, replyTo: actorId("agent/ann/s") });
      continue;
    }
    const [request, call] = [...open][happening.which % Math.max(1, open.size)] ?? [];
    if (request !== undefined && call !== undefined) end(request, call, happening.how, happening.part);
  }
  // The rest of the world answers, and so must the scheduler.
  for (let [first] = open; first !== undefined; [first] = open) end(first[0], first[1], "reply", 0.5);
  return { most, spent, asked, answered: answered.size, state };
};

const keeps = (told: Story, step: Step<SchedulerState, Message>) => {
  const { most, spent, asked, answered, state } = play(told, step);
  const { tokens = Infinity, nanoUsd = Infinity, turns = Infinity } = told.config.budget;
  expect(most.tokens).toBeLessThanOrEqual(tokens);
  expect(most.nanoUsd).toBeLessThanOrEqual(nanoUsd);
  expect(most.turns).toBeLessThanOrEqual(turns);
  expect(answered).toBe(asked);
  expect(state.ledger).toEqual({
    spentTokens: spent.tokens,
    spentNanoUsd: spent.nanoUsd,
    spentTurns: spent.turns,
    reservedTokens: 0,
    reservedNanoUsd: 0,
  });
};

describe("a budget of tokens, dollars and turns", () => {
  test("is never broken at any moment, by parallel calls and all of their tries, and gives back what was not used", () => {
    const law = fc.property(story, (told) => keeps(told, schedulerStep(told.config)));
    fc.assert(law, { numRuns: often(500, 20_000) });
  });

  test.each<readonly [string, (config: SchedulerConfig) => Step<SchedulerState, Message>]>([
    [
      "a ledger that forgets what dollars are set aside",
      (config) => (state, message) => {
        const turn = schedulerStep(config)(state, message);
        return { ...turn, state: { ...turn.state, ledger: { ...turn.state.ledger, reservedNanoUsd: 0 } } };
      },
    ],
    [
      "a failed try that nobody books",
      (config) => (state, message) =>
        message.type === "inference.attempted"
          ? { state, effects: [] }
          : schedulerStep(config)(state, message),
    ],
    [
      "tries that were not paid for",
      (config) => (state, message) => {
        const turn = schedulerStep(config)(state, message);
        const effects = turn.effects.map((effect) =>
          effect.type === "generate" && effect.body.model === "remote" ? { ...effect, tries: 4 } : effect,
        );
        return { ...turn, effects };
      },
    ],
  ])("finds out %s", (_, faulty) => {
    const law = fc.property(story, (told) => keeps(told, faulty(told.config)));
    expect(fc.check(law, { numRuns: 2_000, seed: 1 }).failed).toBe(true);
  });
});
