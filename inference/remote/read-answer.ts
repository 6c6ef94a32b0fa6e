import type { InferenceReply, InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import type { Answer } from "./ask.ts";
import type { RemoteConfig } from "./config.ts";
import { labelConfidence, type TokenLogprob } from "./label-logprobs.ts";
import { fitsSchema, jsonIn, statedAnswer } from "./question.ts";

type Read = Pick<
  InferenceReply,
  "text" | "choice" | "reason" | "confidence" | "probabilities" | "confidenceFrom" | "value" | "toolCalls"
>;

/** What a reply says to its question. Without a choice or a value it does not: whoever asked may complain and ask again. */
export const readAnswer = (
  { text, toolCalls, logprobs }: Answer,
  { options, reason, schema }: Pick<InferenceRequest, "options" | "reason" | "schema">,
  { confidence }: Pick<RemoteConfig, "confidence">,
): Read => {
  const plain = { text, ...(toolCalls.length === 0 ? {} : { toolCalls }) };
  if (options !== undefined) {
    if (confidence === "stated") {
      const stated = statedAnswer(text, options);
      return stated === undefined
        ? plain
        : { ...plain, text: stated.choice, ...stated, confidenceFrom: "stated" };
    }
    const [first = "", ...below] = reason === undefined ? [text] : text.trim().split("\n");
    const choice =
      options.find((option) => option === first.trim()) ??
      options.find((option) => bare(option) === bare(first));
    if (choice === undefined) return plain;
    const why = below.join("\n").trim();
    const chosen = { ...plain, text: choice, choice, ...(why === "" ? {} : { reason: why }) };
    const sure = labelConfidence(options, reason === undefined ? logprobs : firstLine(logprobs));
    if (sure === undefined) return chosen;
    const { probabilities } = sure;
    return {
      ...chosen,
      confidence: probabilities[choice] ?? 0,
      probabilities,
      confidenceFrom: "logprobs",
    };
  }
  const value = schema === undefined ? undefined : jsonIn(text);
  return value === undefined || schema === undefined || !fitsSchema(value, schema)
    ? plain
    : { ...plain, value };
};

/** The tokens before a line ends; what begins with an end of line has no line before it. */
const firstLine = (tokens: readonly TokenLogprob[]): readonly TokenLogprob[] => {
  const begin = tokens.findIndex(({ token }) => token.trim() !== "");
  const end = tokens.findIndex(({ token }, index) => index > begin && token.includes("\n"));
  return end < 0 ? tokens : tokens.slice(0, end);
};

const bare = (text: string): string =>
  text
    .trim()
    .replace(/^["'`*]+|["'`*.!]+$/g, "")
    .toLowerCase();
