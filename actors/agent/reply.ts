import type { InferenceReply } from "../../coordination/protocol/inference-messages.ts";

/** A reply as the agent reads it: an answer, or what is wrong with it. */
export type Reading =
  | { readonly type: "usable"; readonly text: string; readonly choice?: string; readonly confidence?: number }
  | { readonly type: "unusable"; readonly because: string };

/** Longest reply that is kept, in characters; the rest is cut. */
export const longestReply = 65_536;

/**
 * Reads a reply. With options, the choice is the engine's own if it names one, else the one option that the text consists
 * of, quotes, case and final punctuation aside. Two options in one text are no answer.
 */
export const readReply = (reply: InferenceReply, options: readonly string[] | undefined): Reading => {
  const text = reply.text.slice(0, longestReply);
  const confidence = finiteShare(reply.confidence);
  if (options === undefined) {
    if (text.trim() === "") return { type: "unusable", because: "the reply was empty" };
    return { type: "usable", text, ...confidence };
  }
  const choice =
    options.find((option) => option === reply.choice) ??
    options.find((option) => plain(option) === plain(text));
  if (choice === undefined)
    return { type: "unusable", because: `"${clip(text)}" is none of ${options.join(", ")}` };
  return { type: "usable", text, choice, ...confidence };
};

const plain = (text: string): string =>
  text
    .trim()
    .replace(/^["'`]+|["'`.!]+$/g, "")
    .toLowerCase();

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const finiteShare = (confidence: number | undefined): { readonly confidence?: number } =>
  confidence === undefined || !Number.isFinite(confidence)
    ? {}
    : { confidence: Math.min(1, Math.max(0, confidence)) };
