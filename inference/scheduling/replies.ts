import type { Send } from "../../coordination/protocol/effect.ts";
import type { InferenceFailure } from "../../coordination/protocol/inference-messages.ts";
import type { Waiting } from "./state.ts";

/** Tells a requester that there will be no reply. */
export const refuse = (
  { request, replyTo }: Pick<Waiting, "request" | "replyTo">,
  failure: InferenceFailure,
): Send => ({ type: "send", to: replyTo, body: { type: "inference.failed", request, failure } });
