import type { Generate } from "../coordination/protocol/effect.ts";
import type {
  InferenceAttempted,
  InferenceCompleted,
  InferenceFailed,
} from "../coordination/protocol/inference-messages.ts";
import { failed, type InferenceOutcome, type LanguageModel, type ModelCall } from "./model.ts";

export type InferencePerformerDeps = {
  /** By the names of the plan. */
  readonly models: Readonly<Record<string, LanguageModel>>;
};

/** Performs one `generate` and resolves to the message that answers it. Never rejects. */
export type InferencePerformer = (
  effect: Generate,
  signal: AbortSignal,
  call?: Pick<ModelCall, "attempts" | "recorded"> & {
    readonly attempted: (attempt: InferenceAttempted) => void;
  },
) => Promise<InferenceCompleted | InferenceFailed>;

export const inferencePerformer =
  ({ models }: InferencePerformerDeps): InferencePerformer =>
  async ({ request, body, tries = 1 }, signal, call) => {
    const modelCall = call && {
      ...call,
      request,
      tries,
      attempted: (attempt: Parameters<ModelCall["attempted"]>[0]) =>
        call.attempted({ type: "inference.attempted", request, ...attempt }),
    };
    const model = Object.hasOwn(models, body.model) ? models[body.model] : undefined;
    const outcome =
      model === undefined
        ? unknownModel(body.model, Object.keys(models))
        : await inferSafely(model, body, signal, modelCall);
    return outcome.type === "reply"
      ? { type: "inference.completed", request, reply: outcome.reply }
      : { type: "inference.failed", request, failure: outcome.failure };
  };

/** A model that throws breaks its promise; the agent that waits for it must be told all the same. */
const inferSafely = async (
  model: LanguageModel,
  body: Generate["body"],
  signal: AbortSignal,
  call: ModelCall | undefined,
): Promise<InferenceOutcome> => {
  try {
    return await model.infer(body, signal, call);
  } catch (cause) {
    return failed(
      "ENGINE_CRASHED",
      `the model ${body.model} threw: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
};

const unknownModel = (name: string, known: readonly string[]): InferenceOutcome =>
  failed("MODEL_UNAVAILABLE", `there is no model ${name}; the task has ${known.join(", ") || "none"}`);
