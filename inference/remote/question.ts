import { z } from "zod";
import type { InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import type { RemoteConfig } from "./config.ts";

/** What is added to a request so that the reply can be read. */
export type Question = {
  /** Said after the system's words. */
  readonly instruction?: string;
  /** JSON schema of the reply. */
  readonly schema?: Json;
  readonly wantsLogprobs: boolean;
};

/** How a request is put to a model that has no closed answers of its own. */
export const questionOf = (
  { options, reason, schema }: Pick<InferenceRequest, "options" | "reason" | "schema">,
  { confidence }: Pick<RemoteConfig, "confidence">,
): Question => {
  if (options !== undefined) {
    const list = options.map((option) => JSON.stringify(option)).join(", ");
    if (confidence !== "stated")
      return {
        instruction:
          reason === undefined
            ? `Answer with exactly one of ${list}, and nothing else.`
            : `Answer with exactly one of ${list} on the first line, and why in one sentence on the second; nothing else.`,
        wantsLogprobs: confidence === "logprobs",
      };
    const keys = `{"answer": ..., "confidence": ...${reason === undefined ? "" : ', "reason": ...'}}`;
    return {
      instruction:
        `Answer with a JSON object ${keys} and nothing else. ` +
        `"answer" is exactly one of ${list}; "confidence" is the probability, from 0 to 1, that it is right` +
        `${reason === undefined ? "" : '; "reason" says why, in one sentence'}.`,
      schema: statedSchema(options, reason !== undefined),
      wantsLogprobs: false,
    };
  }
  if (schema === undefined) return { wantsLogprobs: false };
  return {
    instruction: `Answer with JSON that fits this schema, and nothing else: ${JSON.stringify(schema)}`,
    schema,
    wantsLogprobs: false,
  };
};

const statedSchema = (options: readonly string[], withReason: boolean): Json => ({
  type: "object",
  properties: {
    answer: { enum: options },
    confidence: { type: "number", minimum: 0, maximum: 1 },
    ...(withReason ? { reason: { type: "string" } } : {}),
  },
  required: ["answer", "confidence", ...(withReason ? ["reason"] : [])],
  additionalProperties: false,
});

/** The JSON that a text holds; models like to put it in a fence, or a sentence before it. */
export const jsonIn = (text: string): Json | undefined => {
  const trimmed = text.trim();
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(trimmed)?.[1];
  const from = trimmed.search(/[[{]/);
  const to = Math.max(trimmed.lastIndexOf("}"), trimmed.lastIndexOf("]"));
  for (const part of [trimmed, fenced, from >= 0 && to > from ? trimmed.slice(from, to + 1) : undefined]) {
    if (part === undefined) continue;
    try {
      return JSON.parse(part) as Json;
    } catch {
      // Not this part.
    }
  }
  return undefined;
};

/** Whether data fits a JSON schema. A schema that cannot be read fits nothing. */
export const fitsSchema = (value: Json, schema: Json): boolean => {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value).success;
  } catch {
    return false;
  }
};

/** An answer with a number that the model gave itself. Case and blanks aside, the answer must be one of the options. */
export const statedAnswer = (
  text: string,
  options: readonly string[],
): { readonly choice: string; readonly confidence: number; readonly reason?: string } | undefined => {
  const stated = Stated.safeParse(jsonIn(text));
  if (!stated.success) return undefined;
  const { answer, confidence, reason } = stated.data;
  const choice =
    options.find((option) => option === answer) ?? options.find((option) => plain(option) === plain(answer));
  return choice === undefined
    ? undefined
    : { choice, confidence, ...(reason === undefined ? {} : { reason }) };
};

const Stated = z.object({
  answer: z.string(),
  confidence: z.number().min(0).max(1),
  reason: z.string().optional(),
});

const plain = (text: string): string => text.trim().toLowerCase();
