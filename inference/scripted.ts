import type { InferenceReply, InferenceRequest } from "../coordination/protocol/inference-messages.ts";
import { quoted } from "../coordination/protocol/quoted.ts";
import { failed, type InferenceOutcome, type LanguageModel } from "./model.ts";
import { estimatedTokens } from "./budget.ts";

/**
 * A canned reply. `when` is a substring of the last line, or of what a later round of a decision adds to the system's line; a condition that is
 * absent holds.
 */
export type ScriptedReply = {
  readonly when?: string;
  readonly agent?: string;
  readonly text: string;
  /** Probability, 0 to 1. */
  readonly confidence?: number;
};

export type ScriptedModelConfig = {
  /** What replies name as their model. */
  readonly name: string;
  readonly replies: readonly ScriptedReply[];
  /** Microseconds since 1970. */
  readonly nowUs: () => number;
};

/**
 * A model for tests and demonstrations: the first reply whose conditions hold answers, always the same way.
 * Fails with BAD_REQUEST where none holds. Usage is an estimate: a token for every four bytes.
 */
export const scriptedModel = ({ name, replies, nowUs }: ScriptedModelConfig): LanguageModel => {
  let isClosed = false;
  const answer = (request: InferenceRequest, signal: AbortSignal): InferenceOutcome => {
    if (isClosed) return failed("ABORTED", `the scripted model ${name} is closed; open it again`);
    if (signal.aborted) return failed("ABORTED", "the request was aborted before it was answered");
    const startedAtUs = nowUs();
    const found = replies.find((reply) => matches(reply, request));
    if (found === undefined) return failed("BAD_REQUEST", noMatch(name, request));
    return { type: "reply", reply: replyOf(found, request, { name, startedAtUs, finishedAtUs: nowUs() }) };
  };
  return {
    infer: async (request, signal) => answer(request, signal),
    close: async () => {
      isClosed = true;
    },
  };
};

const matches = (reply: ScriptedReply, request: InferenceRequest): boolean =>
  (reply.agent === undefined || reply.agent === request.agent) &&
  (reply.when === undefined || told(request).some((content) => content.includes(reply.when ?? "")));

const told = ({ lines }: InferenceRequest): readonly string[] =>
  lines
    .filter(({ role }, at) => at === lines.length - 1 || (at > 0 && role === "system"))
    .map(({ content }) => content);

const lastContent = (request: InferenceRequest): string => request.lines.at(-1)?.content ?? "";

type Facts = { readonly name: string; readonly startedAtUs: number; readonly finishedAtUs: number };

const replyOf = (
  { text, confidence }: ScriptedReply,
  request: InferenceRequest,
  { name, startedAtUs, finishedAtUs }: Facts,
): InferenceReply => ({
  text,
  ...(request.options?.includes(text) === true ? { choice: text } : {}),
  ...(confidence === undefined ? {} : { confidence }),
  usage: {
    promptTokens: request.lines.reduce((sum, line) => sum + estimatedTokens(line.content), 0),
    outputTokens: Math.min(estimatedTokens(text), request.maxTokens),
  },
  model: name,
  startedAtUs,
  finishedAtUs,
});

const MAX_QUOTED_CHARS = 80;

const noMatch = (name: string, request: InferenceRequest): string =>
  `the scripted model ${name} has no reply for agent ${request.agent} and a last line that starts with ` +
  `${quoted(lastContent(request), MAX_QUOTED_CHARS)}; add one without \`when\` to catch the rest`;
