import type {
  ChatLine,
  InferenceReply,
  InferenceRequest,
} from "../../coordination/protocol/inference-messages.ts";
import { names } from "../attributes.ts";
import type { Redact } from "../redact.ts";
import type { Attributes } from "../span.ts";

/** What a model was asked and what it said, in the form of the GenAI conventions: JSON in an attribute. */
export const conversationOf = (
  { lines }: InferenceRequest,
  reply: InferenceReply | undefined,
  redact: Redact,
): Attributes => {
  const part = (content: string) => ({ type: "text", content: redact(content) });
  const message = ({ role, content }: ChatLine) => ({ role, parts: [part(content)] });
  const instructions = lines.filter(({ role }) => role === "system");
  const turns = lines.filter(({ role }) => role !== "system");
  return {
    ...(instructions.length === 0
      ? {}
      : { [names.genAiInstructions]: JSON.stringify(instructions.map(({ content }) => part(content))) }),
    [names.genAiInputMessages]: JSON.stringify(turns.map(message)),
    ...(reply === undefined
      ? {}
      : {
          [names.genAiOutputMessages]: JSON.stringify([message({ role: "assistant", content: reply.text })]),
        }),
  };
};
