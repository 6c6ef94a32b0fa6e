import type { InferenceFailure } from "../../coordination/protocol/inference-messages.ts";
import { failureOf } from "../model.ts";
import type { Answer, FromChild, LlamaModelConfig, Question } from "./wire.ts";

/** A way for something to go wrong that the caller is told of. */
export type EngineFailure = { readonly type: "failure"; readonly failure: InferenceFailure };
export type EngineAnswer =
  | { readonly type: "answer"; readonly answer: Answer }
  /** It was stopped, and can go on under its name. */
  | { readonly type: "paused" }
  | EngineFailure;

/** What is asked of which model. */
export type About = {
  /** A number of the caller's that stands for `config`, always the same. */
  readonly model: number;
  readonly config: LlamaModelConfig;
  readonly signal: AbortSignal;
};
export type Ask = About & {
  readonly question: Question;
  /** The name under which it can be paused, and goes on if it was. */
  readonly call?: string;
  /** Called when the first token is there. */
  readonly onBegun?: () => void;
  readonly onText?: (text: string) => void;
};

/** All that can come of something that was asked of the process. */
export type Result = EngineAnswer | Extract<FromChild, { type: "resident" | "unloaded" | "vectors" }>;
export const failureIn = (result: Result): EngineFailure =>
  result.type === "failure"
    ? result
    : failure("ENGINE_CRASHED", `the engine answered ${result.type} to another question; ask again`);

export const failure = (code: InferenceFailure["code"], message: string): EngineFailure => ({
  type: "failure",
  failure: failureOf(code, message),
});

export const aborted = (): EngineFailure =>
  failure("ABORTED", "the request was aborted before it was answered");
export const closed = (): EngineFailure => failure("ABORTED", "the model is closed; open it again");
