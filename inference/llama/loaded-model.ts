import type { Answer, Question } from "./wire.ts";

/** A model in the memory of an engine process. */
export type LoadedModel = {
  /** What it takes of the memory, its context included, as the engine says. */
  readonly bytes: number;
  /** Throws `Refusal`. */
  answer(question: Question, signal: AbortSignal): Promise<Answer>;
  dispose(): Promise<void>;
};

/** GPU memory where there is a GPU; what the machine's own memory holds besides counts as well. */
export const bytesOf = (...usages: readonly { readonly ram: number; readonly vram: number }[]): number =>
  usages.reduce((sum, { ram, vram }) => sum + ram + vram, 0);
