import type { Effect } from "../../coordination/protocol/effect.ts";
import { actorId } from "../../coordination/protocol/ids.ts";
import type { InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../coordination/protocol/message.ts";
import type { LanguageModel } from "../../inference/model.ts";
import { inferencePerformers } from "../../inference/performers.ts";
import { schedulerStep } from "../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../inference/scheduling/config.ts";
import { usedBytes } from "../../inference/scheduling/memory.ts";
import { emptyScheduler, type SchedulerState } from "../../inference/scheduling/state.ts";

export type Driven = {
  /** What became of each request, by its name. */
  readonly answers: ReadonlyMap<string, Message>;
  /** Types of all effects in order, those of models with their names. */
  readonly effects: readonly string[];
  /** Most bytes that were granted at once. */
  readonly peakBytes: number;
  readonly state: SchedulerState;
};

/** Runs the scheduler with real models and real timers until each request has its answer. */
export const driveScheduler = (
  config: SchedulerConfig,
  models: Readonly<Record<string, LanguageModel>>,
  requests: readonly InferenceRequest[],
): Promise<Driven> =>
  new Promise((resolve, reject) => {
    const step = schedulerStep(config);
    const performers = inferencePerformers({ models });
    const never = new AbortController().signal;
    const timers = new Map<string, NodeJS.Timeout>();
    const answers = new Map<string, Message>();
    const effects: string[] = [];
    let state = emptyScheduler(config);
    let peakBytes = 0;

    const perform = (effect: Effect): void => {
      effects.push("model" in effect ? `${effect.type} ${effect.model}` : effect.type);
      switch (effect.type) {
        case "send":
          if ("request" in effect.body) answers.set(effect.body.request, effect.body);
          return;
        case "generate":
        case "restoreSequence":
          return void performers.generate(effect, never).then(tell, reject);
        case "loadModel":
        case "evictModel":
          return void performers.changeModel(effect, never).then(tell, reject);
        case "saveSequence":
        case "abortGeneration":
          return performers.tell(effect);
        case "startTimer":
          clearTimeout(timers.get(effect.timer));
          timers.set(
            effect.timer,
            setTimeout(() => tell({ type: "timer.fired", timer: effect.timer }), effect.ms),
          );
          return;
        case "cancelTimer":
          return clearTimeout(timers.get(effect.timer));
        default:
          return;
      }
    };
    const tell = (message: Message): void => {
      const turn = step(state, message);
      state = turn.state;
      peakBytes = Math.max(peakBytes, usedBytes(state.memory));
      for (const effect of turn.effects) perform(effect);
      if (answers.size < requests.length) return;
      for (const timer of timers.values()) clearTimeout(timer);
      resolve({ answers, effects, peakBytes, state });
    };
    for (const [index, body] of requests.entries())
      tell({
        type: "inference.requested",
        request: `r${index}`,
        body,
        replyTo: actorId(`agent/${body.agent}/ask`),
      });
  });
