import type { LlamaContextSequence, Token } from "node-llama-cpp";
import { confidenceOf } from "../confidence.ts";
import type { Asked, Produced, SavedState } from "./loaded-model.ts";
import { Refusal, stopIfAborted } from "./refusal.ts";

type Scoring = {
  readonly sequence: LlamaContextSequence;
  readonly prompt: readonly Token[];
  readonly options: readonly string[];
  readonly asked: Asked;
  readonly saved?: Extract<SavedState, { type: "options" }>;
};

/** `logs`: the log-probability of each option, which is enough to go on from. */
export type Scored = Extract<Produced, { type: "answer" }> & { readonly logs: readonly number[] };

/**
 * The probability of each option is that of the reply starting with its text, among the options. It can be paused between two
 * options.
 */
export const scoreOptions = async ({
  sequence,
  prompt,
  options,
  asked,
  saved,
}: Scoring): Promise<Scored | Extract<Produced, { type: "paused" }>> => {
  const logs: number[] = [...(saved?.logs ?? [])];
  let outputTokens = saved?.outputTokens ?? 0;
  const priority = asked.question.priority;
  for (const option of options.slice(logs.length)) {
    stopIfAborted(asked.signal);
    if (asked.pause.aborted && asked.stateFile !== undefined) {
      await sequence.saveStateToFile(asked.stateFile);
      return { type: "paused", saved: { type: "options", file: asked.stateFile, logs, outputTokens } };
    }
    const tokens = sequence.model.tokenize(option, false, "trimLeadingSpace");
    if (tokens.length === 0) throw new Refusal("BAD_REQUEST", "an option is empty; give each option a text");
    if (prompt.length + tokens.length > sequence.contextSize)
      throw new Refusal("BAD_REQUEST", tooLong(prompt.length + tokens.length, sequence.contextSize));
    outputTokens += tokens.length;
    logs.push(await logProbability(sequence, prompt, tokens, priority));
  }
  const { choice, confidence, probabilities } = confidenceOf(options, logs, 1);
  const usage = { promptTokens: prompt.length, outputTokens };
  return { type: "answer", answer: { text: choice, choice, confidence, probabilities, usage }, logs };
};

export const tooLong = (tokens: number, context: number): string =>
  `the conversation has ${tokens} tokens and the model's context ${context}; raise its context or shorten the prompt`;

const logProbability = async (
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  option: readonly Token[],
  priority: number | undefined,
): Promise<number> => {
  // All but the last token of the prompt stay as they were computed for the option before.
  await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  const kept = Math.min(sequence.nextTokenIndex, prompt.length - 1);
  const outputs = await sequence.controlledEvaluate(
    [
      ...prompt.slice(kept, -1),
      ...[...prompt.slice(-1), ...option.slice(0, -1)].map((token, index): [Token, NextLogit] => [
        token,
        nextLogit(option[index]),
      ]),
    ],
    evaluationOf(priority),
  );
  const nexts = outputs.slice(prompt.length - 1 - kept);
  return option.reduce((sum, token, index) => sum + logOf(nexts[index]?.next, token), 0);
};

type Priority = 1 | 2 | 3 | 4 | 5;

/** The engine's own scale is 1 to 5 too; 5 is its default. */
export const evaluationOf = (priority: number | undefined): { readonly evaluationPriority?: Priority } => {
  switch (priority) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return { evaluationPriority: priority };
    default:
      return {};
  }
};

type NextLogit = {
  readonly generateNext: {
    readonly logits: { readonly filter: { readonly tokens: readonly Token[]; readonly includeTop: number } };
    readonly totalLogitWeight: true;
  };
};

// `includeTop: 1` brings the highest logit, which the total weight is relative to; `includeMax` does not bring it.
const nextLogit = (token: Token | undefined): NextLogit => ({
  generateNext: {
    logits: { filter: { tokens: token === undefined ? [] : [token], includeTop: 1 } },
    totalLogitWeight: true,
  },
});

type Next = { readonly logits?: ReadonlyMap<Token, number>; readonly totalLogitWeight?: number };

const logOf = (next: Next | undefined, token: Token): number => {
  const logits = next?.logits;
  const logit = logits?.get(token);
  const weight = next?.totalLogitWeight;
  if (logits === undefined || logit === undefined || weight === undefined) {
    throw new Refusal(
      "MODEL_UNAVAILABLE",
      "the engine gave no probability for an option; ask for free text instead",
    );
  }
  return logit - Math.max(...logits.values()) - Math.log(weight);
};
