import type { EngineSignal, EvictModel, Generate, LoadModel } from "../coordination/protocol/effect.ts";
import type {
  GrantAnswer,
  InferenceAttempted,
  ResidencyAnswer,
} from "../coordination/protocol/inference-messages.ts";
import { quoted } from "../coordination/protocol/quoted.ts";
import { failed, failureOf, type InferenceOutcome, type LanguageModel, type ModelCall } from "./model.ts";
import { stopTogether } from "./stop-together.ts";

export type InferencePerformersDeps = {
  /** By the names of the plan. */
  readonly models: Readonly<Record<string, LanguageModel>>;
};

/** What the host knows of a call beside its effect. */
type Surroundings = Pick<ModelCall, "attempts" | "recorded"> & {
  readonly attempted: (attempt: InferenceAttempted) => void;
};

/** Does what the scheduler asks of the engine. Nothing here rejects or throws. */
export type InferencePerformers = {
  generate(effect: Generate, signal: AbortSignal, call?: Surroundings): Promise<GrantAnswer>;
  changeModel(effect: LoadModel | EvictModel, signal: AbortSignal): Promise<ResidencyAnswer>;
  tell(signal: EngineSignal): void;
};

export const inferencePerformers = ({ models }: InferencePerformersDeps): InferencePerformers => {
  const running = new Map<string, { readonly model: LanguageModel; readonly abort: () => void }>();
  const stops = stopTogether();
  const modelOf = (name: string): LanguageModel | undefined =>
    Object.hasOwn(models, name) ? models[name] : undefined;

  return {
    async generate(effect, signal, surroundings) {
      const { request, body, tries = 1 } = effect;
      const call = surroundings && {
        ...surroundings,
        request,
        tries,
        attempted: (attempt: Parameters<ModelCall["attempted"]>[0]) =>
          surroundings.attempted({ type: "inference.attempted", request, ...attempt }),
      };
      const model = modelOf(body.model);
      if (model === undefined) return answerOf(request, unknownModel(body.model, Object.keys(models)));
      const controller = new AbortController();
      const stop = controller.signal;
      running.set(request, { model, abort: () => controller.abort() });
      const unlink = stops.link(signal, controller);
      try {
        const first = await inferSafely(model, effect, stop, call);
        // A crash takes requests with it that did nothing wrong, so each is asked once more.
        return isCrash(first) && !stop.aborted ? await inferSafely(model, effect, stop, call) : first;
      } finally {
        unlink();
        running.delete(request);
      }
    },
    async changeModel(effect, signal) {
      const { model: name } = effect;
      const residency = modelOf(name)?.residency;
      try {
        if (effect.type === "evictModel") {
          await residency?.unload();
          return { type: "model.evicted", model: name };
        }
        const loaded = (await residency?.load(effect.sequences, signal)) ?? failed(...noResidency(name));
        return loaded.type === "loaded"
          ? { type: "model.loaded", model: name, bytes: loaded.bytes }
          : { type: "model.failed", model: name, failure: loaded.failure };
      } catch (cause) {
        return {
          type: "model.failed",
          model: name,
          failure: failureOf("ENGINE_CRASHED", threw(name, cause)),
        };
      }
    },
    tell({ type, request }) {
      const call = running.get(request);
      if (type === "saveSequence") call?.model.pausing?.pause(request);
      else if (call !== undefined) call.abort();
      else for (const model of Object.values(models)) model.pausing?.discard(request);
    },
  };
};

/** A model that throws breaks its promise; the agent that waits for it must be told all the same. */
const inferSafely = async (
  model: LanguageModel,
  { type, request, body, priority = 0 }: Generate,
  signal: AbortSignal,
  call: ModelCall | undefined,
): Promise<GrantAnswer> => {
  try {
    if (model.pausing === undefined) return answerOf(request, await model.infer(body, signal, call));
    const outcome = await model.pausing.infer(
      { request, body, isPaused: type === "restoreSequence", priority },
      signal,
    );
    return outcome.type === "paused" ? { type: "inference.paused", request } : answerOf(request, outcome);
  } catch (cause) {
    return answerOf(request, failed("ENGINE_CRASHED", threw(body.model, cause)));
  }
};

const isCrash = (answer: GrantAnswer): boolean =>
  answer.type === "inference.failed" && answer.failure.code === "ENGINE_CRASHED";

const answerOf = (request: string, outcome: InferenceOutcome): GrantAnswer =>
  outcome.type === "reply"
    ? { type: "inference.completed", request, reply: outcome.reply }
    : { type: "inference.failed", request, failure: outcome.failure };

const threw = (model: string, cause: unknown): string =>
  `the model ${model} threw ${quoted(cause instanceof Error ? cause.message : String(cause))}`;

const noResidency = (name: string) =>
  ["MODEL_UNAVAILABLE", `there is no model ${name} that could be loaded`] as const;

const unknownModel = (name: string, known: readonly string[]): InferenceOutcome =>
  failed("MODEL_UNAVAILABLE", `there is no model ${name}; the task has ${known.join(", ") || "none"}`);
