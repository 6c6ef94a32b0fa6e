import type { ActorId } from "./ids.ts";
import type { Json } from "./json.ts";

/** One line of a conversation with a model. */
export type ChatLine = { readonly role: "system" | "user" | "assistant"; readonly content: string };

/** A tool that a model may ask for. */
export type ToolSpec = {
  readonly name: string;
  readonly description: string;
  /** JSON schema of its arguments. */
  readonly parameters: Json;
};

/** A call that a model asks for. Nothing has checked `input` against the schema of the tool. */
export type ToolCall = { readonly id: string; readonly name: string; readonly input: Json };

/** What a model asked to have called in one reply, and what came of each call. */
export type ToolRound = {
  readonly text: string;
  readonly calls: readonly { readonly call: ToolCall; readonly result: string }[];
};

/** All that a model needs to answer once. Its canonical form is what a replay compares. */
export type InferenceRequest = {
  /** A name under `models` of the plan. */
  readonly model: string;
  /** The agent on whose account the tokens go. */
  readonly agent: string;
  readonly lines: readonly ChatLine[];
  /** Closed answers: the reply must be one of them, with a probability each. Absent: free text. */
  readonly options?: readonly string[];
  /** With `options`: the model also says why, in a sentence, if it can write. */
  readonly reason?: true;
  /** JSON schema that the reply must fit, as JSON. Not together with `options`. */
  readonly schema?: Json;
  readonly tools?: readonly ToolSpec[];
  /** The calls of tools that came after `lines`, oldest first. */
  readonly rounds?: readonly ToolRound[];
  readonly maxTokens: number;
  readonly temperature: number;
};

/** Tokens, as the engine counted them. */
export type Usage = {
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The engine did not say; these are upper bounds. */
  readonly estimated?: true;
  /** Price in 1e-9 US dollars; `null` if nobody knows the price, absent if the model costs nothing. */
  readonly costNanoUsd?: number | null;
};

export type InferenceReply = {
  readonly text: string;
  /** Present if the request had options and the model chose one of them. */
  readonly choice?: string;
  /** Why, where the request wanted to know and the model said so. */
  readonly reason?: string;
  /** Probability, 0 to 1, that the model gives its choice; absent if the engine cannot tell. */
  readonly confidence?: number;
  /** Probability by option; sums to 1. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** Where `confidence` is from: token probabilities, or a number that the model wrote. */
  readonly confidenceFrom?: "logprobs" | "stated";
  /** The reply as data, if the request had a schema and the reply fits it. */
  readonly value?: Json;
  readonly toolCalls?: readonly ToolCall[];
  /** Present if the conversation was too long for the model, and was shortened. Tokens. */
  readonly shortened?: { readonly fromTokens: number; readonly toTokens: number; readonly level: number };
  readonly finishReason?: "stop" | "length" | "tool-calls" | "other";
  /** Which try of the call brought it, from 1; absent for an engine that tries once. */
  readonly attempt?: number;
  readonly usage: Usage;
  /** Digest or name of the model that really answered. */
  readonly model: string;
  /** What a remote endpoint calls the model that answered; what it was asked for, where it does not say. */
  readonly servedModel?: string;
  readonly startedAtUs: number;
  /** When the first piece of the reply was there; absent where the engine cannot tell. */
  readonly firstChunkAtUs?: number;
  readonly finishedAtUs: number;
};

/** Why a request has no reply. `retryable` says whether asking again could help. */
export type InferenceFailure = {
  readonly code:
    | "BUDGET_SPENT"
    | "OVERLOADED"
    | "ENGINE_CRASHED"
    | "MODEL_UNAVAILABLE"
    | "BAD_REQUEST"
    | "TIMEOUT"
    | "ABORTED"
    | "RATE_LIMITED"
    | "PROVIDER_FAILED"
    | "CIRCUIT_OPEN"
    | "UNAUTHORIZED"
    | "CONTEXT_TOO_LONG"
    | "CONTENT_FILTERED";
  readonly message: string;
  readonly retryable: boolean;
  /** With OVERLOADED: when asking again is likely to find room. */
  readonly retryAfterMs?: number;
  /** What the failed try may have cost; absent: nothing. */
  readonly usage?: Usage;
  /** Which try of the call failed, from 1; absent if none was made. */
  readonly attempt?: number;
};

/** How pressing a call is. */
export type Urgency = {
  /** A head start over calls of 0, in hundreds of tokens: whoever waits long enough overtakes it. Default: 0. */
  readonly priority?: number;
  /** Milliseconds after which the call fails with TIMEOUT, in the queue or at work. Default: no bound. */
  readonly deadlineMs?: number;
};

/** Asks the scheduler for one reply. `request` is unique in the run and names it in the answer. */
export type InferenceRequested = Urgency & {
  readonly type: "inference.requested";
  readonly request: string;
  readonly body: InferenceRequest;
  /** Who gets `inference.completed` or `inference.failed`. */
  readonly replyTo: ActorId;
};
/** Withdraws a request: it fails with ABORTED, unless it was answered already. */
export type InferenceCancelled = { readonly type: "inference.cancelled"; readonly request: string };
export type InferenceCompleted = {
  readonly type: "inference.completed";
  readonly request: string;
  readonly reply: InferenceReply;
};
export type InferenceFailed = {
  readonly type: "inference.failed";
  readonly request: string;
  readonly failure: InferenceFailure;
};

/** A try of a call has failed and another follows. The last try is told by `inference.completed` or `inference.failed`. */
export type InferenceAttempted = {
  readonly type: "inference.attempted";
  readonly request: string;
  /** Counts the tries of the call from 1, over resumes. */
  readonly attempt: number;
  /** Digest or name of the model that was asked. */
  readonly model: string;
  readonly failure: InferenceFailure;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
  readonly startedAtUs: number;
  readonly finishedAtUs: number;
};

/** The engine has stopped at a token boundary, as `saveSequence` asked, and holds what it computed outside of GPU memory. */
export type InferencePaused = { readonly type: "inference.paused"; readonly request: string };

/** What a request holds while the engine works on it: all of it or nothing. */
export type Grant = {
  readonly model: string;
  /** Place in the model's context, from 0. */
  readonly sequence: number;
  /** The most tokens that it may take, its prompt included. */
  readonly tokens: number;
};

/** The model is in memory and takes `bytes` there, as the engine measured. */
export type ModelLoaded = { readonly type: "model.loaded"; readonly model: string; readonly bytes: number };
/** The model is not in memory, and takes nothing there. */
export type ModelFailed = {
  readonly type: "model.failed";
  readonly model: string;
  readonly failure: InferenceFailure;
};
/** The model is out of memory. */
export type ModelEvicted = { readonly type: "model.evicted"; readonly model: string };

/** What the engine answers to what it was asked to do with a model. */
export type ResidencyAnswer = ModelLoaded | ModelFailed | ModelEvicted;
/** What becomes of a grant. */
export type GrantAnswer = InferenceCompleted | InferenceFailed | InferencePaused;

export type InferenceMessage =
  | InferenceRequested
  | InferenceCancelled
  | InferenceAttempted
  | GrantAnswer
  | ResidencyAnswer;
