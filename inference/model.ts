import type {
  InferenceAttempted,
  InferenceFailure,
  InferenceReply,
  InferenceRequest,
} from "../coordination/protocol/inference-messages.ts";

/** What became of one request. */
export type InferenceOutcome =
  | { readonly type: "reply"; readonly reply: InferenceReply }
  | { readonly type: "failure"; readonly failure: InferenceFailure };

/** What a model that tries more than once, or leaves the machine, needs to know of the call. Others ignore it. */
export type ModelCall = {
  /** Unique in the run. */
  readonly request: string;
  /** How many tries that cost something are paid for. */
  readonly tries: number;
  /** Failed tries on record, from an earlier process. */
  readonly attempts: number;
  /** Resolves once it is on disk that the call is made. */
  readonly recorded: () => Promise<void>;
  readonly attempted: (attempt: Omit<InferenceAttempted, "type" | "request">) => void;
};

/**
 * One model, ready to answer.
 *
 * `infer` never rejects: each way to go wrong is an outcome. Once `signal` has aborted, it settles soon, with ABORTED unless
 * the reply was there first. Requests may overlap, and may finish in another order.
 */
export type LanguageModel = {
  infer(request: InferenceRequest, signal: AbortSignal, call?: ModelCall): Promise<InferenceOutcome>;
  /** Frees what the model holds. Requests still open fail with ABORTED; later ones too. Again: does nothing. */
  close(): Promise<void>;
  /** Present where the model takes memory that the scheduler hands out. */
  readonly residency?: Residency;
  /** As `infer`, and hands out the text piece by piece as it comes. Present where the model can. */
  readonly stream?: (
    request: InferenceRequest,
    signal: AbortSignal,
    onText: (text: string) => void,
  ) => Promise<InferenceOutcome>;
  /** Present where the model can turn texts into vectors. */
  readonly embed?: (texts: readonly string[], signal: AbortSignal) => Promise<EmbeddingOutcome>;
  /** Present where a request can be paused. */
  readonly pausing?: Pausing;
};

/** A vector a text, in their order. */
export type EmbeddingOutcome =
  | { readonly type: "embedded"; readonly vectors: readonly (readonly number[])[] }
  | { readonly type: "failure"; readonly failure: InferenceFailure };

/** How a model comes into memory and goes. A model that was not loaded, after a crash for instance, loads itself when it is asked. */
export type Residency = {
  /** With room for so many requests at once. Again: answers as before. */
  load(sequences: number, signal: AbortSignal): Promise<LoadOutcome>;
  /** Resolves when its memory is free. No request is open. Again: does nothing. */
  unload(): Promise<void>;
};

/** `bytes`: what the model takes now, measured. */
export type LoadOutcome =
  | { readonly type: "loaded"; readonly bytes: number }
  | { readonly type: "failure"; readonly failure: InferenceFailure };

/** Requests that can stop at a token and go on later, also after the model was unloaded and loaded again. */
export type Pausing = {
  /** As `infer` of the model. `isPaused`: goes on with what was computed before, if that is still there. */
  infer(
    call: {
      readonly request: string;
      readonly body: InferenceRequest;
      readonly isPaused: boolean;
      /** Of calls that do not fit into one batch, the tokens of a higher one go first. Default: 0. */
      readonly priority?: number;
    },
    signal: AbortSignal,
  ): Promise<InferenceOutcome | { readonly type: "paused" }>;
  /** Settles the open `infer` of the request with `paused` soon, unless it ends first. */
  pause(request: string): void;
  /** Drops what is kept of a paused request. */
  discard(request: string): void;
};

/** Asking again could bring a reply for these: what went wrong was not the request. After a deadline it would only come to the end of the queue. */
const RETRYABLE: ReadonlySet<InferenceFailure["code"]> = new Set(["OVERLOADED", "ENGINE_CRASHED"]);

/** A failure with its `retryable` filled in. The message is one sentence that says what to do next. */
export const failureOf = (code: InferenceFailure["code"], message: string): InferenceFailure => ({
  code,
  message,
  retryable: RETRYABLE.has(code),
});

export const failed = (
  code: InferenceFailure["code"],
  message: string,
): Extract<InferenceOutcome, { type: "failure" }> => ({
  type: "failure",
  failure: failureOf(code, message),
});
