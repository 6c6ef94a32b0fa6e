import type { InferenceReply } from "../../coordination/protocol/inference-messages.ts";
import { quoted } from "../../coordination/protocol/quoted.ts";

/** A reply as the agent reads it: an answer, or what is wrong with it. */
export type Reading =
  | {
      readonly type: "usable";
      readonly text: string;
      readonly choice?: string;
      readonly confidence?: number;
      readonly reason?: string;
    }
  | { readonly type: "unusable"; readonly because: string };

/** Longest reply that is kept, in characters; the rest is cut. */
export const longestReply = 65_536;

/** How much of a reply that is of no use a complaint repeats, in characters. */
const longestComplaint = 60;

/** Longest reason that a ballot carries, in characters. It is in every copy of the outcome. */
export const longestReason = 2_000;

/**
 * Reads a reply. With options, the choice is the engine's own if it names one, else the one option that the text, or its first line, consists
 * of, quotes, case and final punctuation aside; what stands below that line is the reason. Two options in one line are no answer.
 */
export const readReply = (reply: InferenceReply, options: readonly string[] | undefined): Reading => {
  const text = reply.text.slice(0, longestReply);
  const confidence = finiteShare(reply.confidence);
  if (options === undefined) {
    if (text.trim() === "") return { type: "unusable", because: "the reply was empty" };
    return { type: "usable", text, ...confidence };
  }
  const [first, ...below] = text.trim().split("\n");
  const named = optionSaid(options, first ?? "");
  const choice = options.find((option) => option === reply.choice) ?? optionSaid(options, text) ?? named;
  if (choice === undefined)
    return {
      type: "unusable",
      because: `${quoted(text, longestComplaint)} is none of ${options.join(", ")}`,
    };
  const words = (reply.reason ?? (named === choice ? below.join("\n") : "")).trim().slice(0, longestReason);
  return { type: "usable", text, choice, ...confidence, ...(words === "" ? {} : { reason: words }) };
};

/** What a ballot says besides its option, by the probabilities that the engine gives; an engine that gives none says no more than the option. */
export const preferences = (
  ballot: "approval" | "ranking" | undefined,
  choice: string,
  options: readonly string[],
  probabilities: InferenceReply["probabilities"],
): { readonly approved?: readonly string[]; readonly ranking?: readonly string[] } => {
  if (ballot === undefined) return {};
  const chance = (option: string): number =>
    probabilities !== undefined && Object.hasOwn(probabilities, option) ? (probabilities[option] ?? 0) : 0;
  const others = options.filter((option) => option !== choice);
  if (ballot === "approval") {
    // Whoever thinks more of an option than a coin would can live with it.
    const likely = others.filter((option) => chance(option) > 1 / options.length);
    return { approved: [choice, ...likely] };
  }
  const known = probabilities === undefined ? [] : others.toSorted((a, b) => chance(b) - chance(a));
  return { ranking: [choice, ...known] };
};

/** To the letter if there is such an option: two may differ in nothing else. */
const optionSaid = (options: readonly string[], text: string): string | undefined =>
  options.find((option) => option === text.trim()) ?? options.find((option) => plain(option) === plain(text));

const plain = (text: string): string =>
  text
    .trim()
    .replace(/^["'`]+|["'`.!]+$/g, "")
    .toLowerCase();

const finiteShare = (confidence: number | undefined): { readonly confidence?: number } =>
  confidence === undefined || !Number.isFinite(confidence)
    ? {}
    : { confidence: Math.min(1, Math.max(0, confidence)) };
