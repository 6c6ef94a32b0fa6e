import type {
  InferenceFailure,
  InferenceReply,
  InferenceRequest,
} from "../coordination/protocol/inference-messages.ts";

/** What became of one request. */
export type InferenceOutcome =
  | { readonly type: "reply"; readonly reply: InferenceReply }
  | { readonly type: "failure"; readonly failure: InferenceFailure };

/**
 * One model, ready to answer.
 *
 * `infer` never rejects: each way to go wrong is an outcome. Once `signal` has aborted, it settles soon, with ABORTED unless
 * the reply was there first. Requests may overlap, and may finish in another order.
 */
export type LanguageModel = {
  infer(request: InferenceRequest, signal: AbortSignal): Promise<InferenceOutcome>;
  /** Frees what the model holds. Requests still open fail with ABORTED; later ones too. Again: does nothing. */
  close(): Promise<void>;
};

/** Asking again could bring a reply for these: what went wrong was not the request. */
const RETRYABLE: ReadonlySet<InferenceFailure["code"]> = new Set(["OVERLOADED", "ENGINE_CRASHED", "TIMEOUT"]);

/** A failure with its `retryable` filled in. The message is one sentence that says what to do next. */
export const failureOf = (code: InferenceFailure["code"], message: string): InferenceFailure => ({
  code,
  message,
  retryable: RETRYABLE.has(code),
});

export const failed = (code: InferenceFailure["code"], message: string): InferenceOutcome => ({
  type: "failure",
  failure: failureOf(code, message),
});
