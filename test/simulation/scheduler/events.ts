import type { Effect, EvictModel, Generate, LoadModel } from "../../../coordination/protocol/effect.ts";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import type { Step } from "../../../coordination/protocol/step.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { emptyScheduler, type SchedulerState } from "../../../inference/scheduling/state.ts";
import { Random } from "../random.ts";
import { Auditor } from "./auditor.ts";

export type MakeStep = (config: SchedulerConfig) => Step<SchedulerState, Message>;

type Debt = Generate | LoadModel | EvictModel;

const AGENTS = ["ada", "bob", "cy", "dee"] as const;
/** Beyond this no more is asked until some was answered. */
const MOST_OPEN = 40;
/** Events in which everything that is open must come to an end once nothing more is asked. */
const MOST_TO_DRAIN = 4000;
/** How often everything must have come to an end. */
const DRAIN_EVERY = 500;

/**
 * Tells a scheduler so many random events: requests, answers of an engine that fails, lies about its memory and repeats itself,
 * timers, withdrawals. Returns the first law that it breaks, as seen from its effects alone, or `undefined`.
 */
export const stormOf = (
  make: MakeStep,
  config: SchedulerConfig,
  seed: number,
  events: number,
): string | undefined => {
  const random = new Random(seed);
  const step = make(config);
  const auditor = new Auditor(config);
  const timers = new Set<string>();
  const saving = new Set<string>();
  const aborted = new Set<string>();
  const models = Object.keys(config.models);
  let debts: Debt[] = [];
  let state = emptyScheduler(config);
  let asked = 0;

  const tell = (message: Message): void => {
    auditor.told(message);
    const turn = step(state, message);
    state = turn.state;
    for (const effect of turn.effects) note(effect);
    auditor.check(debts.length + timers.size, message);
  };

  const note = (effect: Effect): void => {
    auditor.saw(effect);
    switch (effect.type) {
      case "generate":
      case "restoreSequence":
      case "loadModel":
      case "evictModel":
        debts = [...debts, effect];
        return;
      case "startTimer":
        timers.add(effect.timer);
        return;
      case "cancelTimer":
        timers.delete(effect.timer);
        return;
      case "saveSequence":
        saving.add(effect.request);
        return;
      case "abortGeneration":
        aborted.add(effect.request);
        return;
      default:
        return;
    }
  };

  const pick = <Item>(items: readonly Item[]): Item | undefined => items[random.below(items.length)];

  const ask = (): void => {
    const agent = pick(AGENTS) ?? "ada";
    const request = `r${asked++}`;
    tell({
      type: "inference.requested",
      request,
      replyTo: actorId(`agent/${agent}/s`),
      body: {
        model: random.chance(0.02) ? "nobody" : (pick(models) ?? "m"),
        agent,
        lines: [{ role: "user", content: "x".repeat(random.below(200)) }],
        maxTokens: 1 + random.below(60),
        temperature: 0,
      },
      ...(random.chance(0.2) ? { priority: random.below(3) } : {}),
      ...(random.chance(0.1) ? { deadlineMs: 1000 } : {}),
    });
  };

  const answer = (): void => {
    const debt = pick(debts);
    if (debt === undefined) return;
    debts = debts.filter((each) => each !== debt);
    const message = answerOf(debt, random, saving, aborted);
    tell(message);
    if (random.chance(0.05)) tell(message);
  };

  const fire = (): void => {
    const timer = pick([...timers]);
    if (timer === undefined) return;
    timers.delete(timer);
    tell({ type: "timer.fired", timer });
  };

  try {
    for (let event = 1; event <= events && auditor.broken === undefined; event++) {
      const dice = random.next();
      if (dice < 0.4 && auditor.open < MOST_OPEN) ask();
      else if (dice < 0.85) answer();
      else if (dice < 0.96) fire();
      else tell({ type: "inference.cancelled", request: `r${random.below(asked + 1)}` });
      if (event % DRAIN_EVERY !== 0 && event !== events) continue;
      for (let left = MOST_TO_DRAIN; auditor.open > 0 && left > 0 && auditor.broken === undefined; left--) {
        if (debts.length > 0 && random.chance(0.8)) answer();
        else fire();
      }
      if (auditor.open > 0) auditor.accuse(`${auditor.open} requests wait although the engine is idle`);
    }
  } catch (error) {
    return `it threw: ${error instanceof Error ? error.message : String(error)}`;
  }
  return auditor.broken;
};

const answerOf = (debt: Debt, random: Random, saving: Set<string>, aborted: ReadonlySet<string>): Message => {
  const failure = { code: "ENGINE_CRASHED", message: "", retryable: random.chance(0.7) } as const;
  switch (debt.type) {
    case "loadModel": {
      const { model, bytes } = debt;
      return random.chance(0.1)
        ? { type: "model.failed", model, failure }
        : { type: "model.loaded", model, bytes: Math.round(bytes * (0.85 + 0.2 * random.next())) };
    }
    case "evictModel":
      return { type: "model.evicted", model: debt.model };
    case "generate":
    case "restoreSequence": {
      const { request } = debt;
      if (saving.delete(request) && random.chance(0.8)) return { type: "inference.paused", request };
      if (aborted.has(request) || random.chance(0.1))
        return { type: "inference.failed", request, failure: { ...failure, code: "ABORTED" } };
      const usage = { promptTokens: random.below(50), outputTokens: random.below(60) };
      const reply = { text: "", usage, model: "m", startedAtUs: 0, finishedAtUs: random.below(1000) };
      return { type: "inference.completed", request, reply };
    }
  }
};
