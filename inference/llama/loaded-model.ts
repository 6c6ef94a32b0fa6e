import type { Answer, Question } from "./wire.ts";

/** A model in the memory of an engine process. */
export type LoadedModel = {
  /** Throws `Refusal`. */
  answer(question: Question, signal: AbortSignal): Promise<Answer>;
  dispose(): Promise<void>;
};
