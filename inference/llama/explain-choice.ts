import type { ChatHistoryItem, LlamaChat, LlamaContextSequence } from "node-llama-cpp";
import type { Asked, Produced } from "./loaded-model.ts";
import { stopIfAborted } from "./refusal.ts";
import { evaluationOf, type Scored } from "./score-options.ts";

type Explaining = {
  readonly sequence: LlamaContextSequence;
  readonly chat: LlamaChat;
  /** The conversation, with a reply to be filled in. */
  readonly history: readonly ChatHistoryItem[];
  readonly scored: Scored;
  readonly asked: Asked;
};

const WHY = "Why? Say it in one sentence.";
/** Most that a reason may take, so that it costs less than what it explains. */
const REASON_TOKENS = 64;
/** What a chat template may put around two lines more, in tokens. */
const TEMPLATE_TOKENS = 64;

/**
 * Asks a model why it has chosen as it did: its choice stands in the conversation as its own words. The choice is known by then, so a context that has no
 * room for a reason only leaves it out.
 */
export const explainChoice = async ({
  sequence,
  chat,
  history,
  scored,
  asked,
}: Explaining): Promise<Produced> => {
  const { question, signal, pause, stateFile } = asked;
  const { answer } = scored;
  const { choice = "", usage } = answer;
  const asking = sequence.model.tokenize(`${choice}${WHY}`).length + TEMPLATE_TOKENS;
  const room = sequence.contextSize - usage.promptTokens - asking;
  const maxTokens = Math.min(question.maxTokens, REASON_TOKENS, room);
  if (maxTokens < 1) return { type: "answer", answer };
  const before = sequence.tokenMeter.getState();
  const conversation: ChatHistoryItem[] = [
    ...history.slice(0, -1),
    { type: "model", response: [choice] },
    { type: "user", text: WHY },
    { type: "model", response: [] },
  ];
  const canPause = stateFile !== undefined;
  try {
    const { response, metadata } = await chat.generateResponse(conversation, {
      temperature: 0,
      ...evaluationOf(question.priority),
      maxTokens,
      signal: canPause ? AbortSignal.any([signal, pause]) : signal,
      stopOnAbortSignal: true,
    });
    stopIfAborted(signal);
    if (metadata.stopReason === "abort") return await paused(sequence, stateFile, scored);
    const { usedOutputTokens } = sequence.tokenMeter.diff(before);
    const reason = response.trim();
    return {
      type: "answer",
      answer: {
        ...answer,
        ...(reason === "" ? {} : { reason }),
        usage: { promptTokens: usage.promptTokens, outputTokens: usage.outputTokens + usedOutputTokens },
      },
    };
  } catch (cause) {
    stopIfAborted(signal);
    if (canPause && pause.aborted) return paused(sequence, stateFile, scored);
    throw cause;
  }
};

/** What was scored is kept; the reason begins anew. */
const paused = async (
  sequence: LlamaContextSequence,
  file = "",
  { logs, answer }: Scored,
): Promise<Produced> => {
  await sequence.saveStateToFile(file);
  return { type: "paused", saved: { type: "options", file, logs, outputTokens: answer.usage.outputTokens } };
};
