import type { InferenceFailure } from "../../coordination/protocol/inference-messages.ts";
import type { LabelsOf } from "./catalogue.ts";

/** Why a model was asked again. */
export type RetryReason = LabelsOf<"swarm_inference_retries_total">["reason"];

export const failureReason = ({ code }: InferenceFailure): RetryReason => {
  switch (code) {
    case "OVERLOADED":
    case "ENGINE_CRASHED":
    case "TIMEOUT":
    case "RATE_LIMITED":
    case "PROVIDER_FAILED":
      return code;
    default:
      return "other";
  }
};
