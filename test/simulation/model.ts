import type { Performers } from "../../actors/runtime/performers.ts";
import type { EvictModel, Generate, LoadModel } from "../../coordination/protocol/effect.ts";
import type {
  InferenceCompleted,
  InferenceFailed,
  ResidencyAnswer,
} from "../../coordination/protocol/inference-messages.ts";
import type { SimulatedClock } from "./clock.ts";
import type { Random } from "./random.ts";

/** Probabilities from 0 to 1, time in milliseconds. */
export type ModelFaults = { readonly unusable: number; readonly failure: number; readonly maxMs: number };

/** The name of a model that never answers. */
export const silentModel = "silent";

/** Asked about something that starts like this, every agent has its own opinion, and may change it when it hears the others. */
export const moot = "Keep it?";

/** What the simulated models answer when nothing goes wrong: a function of the request alone. */
export const truthOf = ({ body }: Pick<Generate, "body">): string => {
  const question = body.lines.at(-1)?.content ?? "";
  const [persona, heard] = body.lines.map(({ role, content }) => (role === "system" ? content : ""));
  const options = body.options;
  if (options === undefined) return `about ${question}`;
  const opinion = persona?.includes(moot) === true ? `${body.agent} ${heard ?? ""}` : "";
  let sum = 0;
  for (const character of `${question}${opinion}`)
    sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return options[sum % options.length] ?? "";
};

/** An engine whose models take their time, talk nonsense now and then, and break. */
export const simulatedEngine = (clock: SimulatedClock, random: Random, faults: ModelFaults): Performers => {
  const pauses = new Map<string, () => void>();
  return {
    generate: (effect) => {
      if (effect.body.model === silentModel) return new Promise(() => undefined);
      const startedAtUs = clock.nowUs();
      return new Promise((resolve) => {
        const { request } = effect;
        pauses.set(request, () => resolve({ type: "inference.paused", request }));
        clock.after(random.next() * faults.maxMs, () =>
          resolve(answer(effect, startedAtUs, clock, random, faults)),
        );
      });
    },
    changeModel: (effect) =>
      new Promise((resolve) => {
        clock.after(random.next() * faults.maxMs, () => resolve(changed(effect, random, faults)));
      }),
    tell: ({ type, request }) => {
      if (type === "saveSequence") pauses.get(request)?.();
    },
  };
};

const changed = (effect: LoadModel | EvictModel, random: Random, faults: ModelFaults): ResidencyAnswer => {
  const { model } = effect;
  if (effect.type === "evictModel") return { type: "model.evicted", model };
  if (random.chance(faults.failure)) {
    const failure = { code: "ENGINE_CRASHED", message: "the engine broke", retryable: true } as const;
    return { type: "model.failed", model, failure };
  }
  return { type: "model.loaded", model, bytes: effect.bytes };
};

const answer = (
  effect: Generate,
  startedAtUs: number,
  clock: SimulatedClock,
  random: Random,
  faults: ModelFaults,
): InferenceCompleted | InferenceFailed => {
  const { request, body } = effect;
  if (random.chance(faults.failure)) {
    return {
      type: "inference.failed",
      request,
      failure: { code: "ENGINE_CRASHED", message: "the engine broke", retryable: true },
    };
  }
  const text = random.chance(faults.unusable) ? "" : truthOf(effect);
  const usage = { promptTokens: 10, outputTokens: 1 };
  const times = { startedAtUs, finishedAtUs: clock.nowUs() };
  return {
    type: "inference.completed",
    request,
    reply: { text, confidence: 0.9, usage, model: body.model, ...times },
  };
};
