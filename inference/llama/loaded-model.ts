import type { ChatHistoryItem } from "node-llama-cpp";
import type { Answer, Question } from "./wire.ts";

/** A question, and how it can be stopped. */
export type Asked = {
  readonly question: Question;
  /** Ends it: it fails with ABORTED. */
  readonly signal: AbortSignal;
  /** Stops it at its next token, to go on later. */
  readonly pause: AbortSignal;
  /** Where a state goes if it is paused; absent: it cannot be. */
  readonly stateFile?: string;
  /** What was computed before it was paused. */
  readonly saved?: SavedState;
  readonly onBegun: () => void;
  readonly onText?: (text: string) => void;
};

/** What goes on with a paused question, besides the engine's own state in a file. */
export type SavedState = { readonly file: string } & (
  | {
      readonly type: "text";
      readonly history: readonly ChatHistoryItem[];
      readonly text: string;
      readonly outputTokens: number;
    }
  | { readonly type: "options"; readonly logs: readonly number[]; readonly outputTokens: number }
);

export type Produced =
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "paused"; readonly saved: SavedState };

/** A model in the memory of an engine process. */
export type LoadedModel = {
  /** What it takes, as the engine measured. */
  bytes(): number;
  /** Throws `Refusal`. */
  answer(asked: Asked): Promise<Produced>;
  /** A vector a text. Throws `Refusal`. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
  dispose(): Promise<void>;
};
