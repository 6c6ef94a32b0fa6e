import type { InferenceReply, InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import type { Answer } from "./ask.ts";
import type { RemoteConfig } from "./config.ts";
import { labelConfidence } from "./label-logprobs.ts";
import { fitsSchema, jsonIn, statedAnswer } from "./question.ts";

type Read = Pick<
  InferenceReply,
  "text" | "choice" | "confidence" | "probabilities" | "confidenceFrom" | "value" | "toolCalls"
>;

/** What a reply says to its question. Without a choice or a value it does not: whoever asked may complain and ask again. */
export const readAnswer = (
  { text, toolCalls, logprobs }: Answer,
  { options, schema }: Pick<InferenceRequest, "options" | "schema">,
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
    const choice = options.find((option) => bare(option) === bare(text));
    if (choice === undefined) return plain;
    const sure = labelConfidence(options, logprobs);
    if (sure === undefined) return { ...plain, text: choice, choice };
    const { probabilities } = sure;
    return {
      ...plain,
      text: choice,
      choice,
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

const bare = (text: string): string =>
  text
    .trim()
    .replace(/^["'`*]+|["'`*.!]+$/g, "")
    .toLowerCase();
