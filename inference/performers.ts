import type { Generate } from "../coordination/protocol/effect.ts";
import type { InferenceCompleted, InferenceFailed } from "../coordination/protocol/inference-messages.ts";
import { failed, type InferenceOutcome, type LanguageModel } from "./model.ts";

export type InferencePerformerDeps = {
  /** By the names of the plan. */
  readonly models: Readonly<Record<string, LanguageModel>>;
};

/** Performs one `generate` and resolves to the message that answers it. Never rejects. */
export type InferencePerformer = (
  effect: Generate,
  signal: AbortSignal,
) => Promise<InferenceCompleted | InferenceFailed>;

export const inferencePerformer =
  ({ models }: InferencePerformerDeps): InferencePerformer =>
  async ({ request, body }, signal) => {
    const model = Object.hasOwn(models, body.model) ? models[body.model] : undefined;
    const outcome =
      model === undefined
        ? unknownModel(body.model, Object.keys(models))
        : await inferSafely(model, body, signal);
    return outcome.type === "reply"
      ? { type: "inference.completed", request, reply: outcome.reply }
      : { type: "inference.failed", request, failure: outcome.failure };
  };

/** A model that throws breaks its promise; the agent that waits for it must be told all the same. */
const inferSafely = async (
  model: LanguageModel,
  body: Generate["body"],
  signal: AbortSignal,
): Promise<InferenceOutcome> => {
  try {
    return await model.infer(body, signal);
  } catch (cause) {
    return failed(
      "ENGINE_CRASHED",
      `the model ${body.model} threw: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
};

const unknownModel = (name: string, known: readonly string[]): InferenceOutcome =>
  failed("MODEL_UNAVAILABLE", `there is no model ${name}; the task has ${known.join(", ") || "none"}`);
