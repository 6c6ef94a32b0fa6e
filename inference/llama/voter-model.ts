import type { Llama, LlamaModel, Token } from "node-llama-cpp";
import {
  LABELS,
  QUESTIONS,
  type Question as VoterQuestion,
  readLabels,
  voterPrompt,
} from "../voters/prompt.ts";
import { VOTER_CONTEXT } from "../voters/footprint.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { Refusal, stopIfAborted } from "./refusal.ts";
import { sequencesOf } from "./sequences.ts";
import type { VoterConfig } from "./wire.ts";

const LABEL_TOKENS = 1;

/**
 * One of the small models that ship: it reads the last line of a conversation as a log line, and the options say which of its
 * questions is meant. One evaluation gives the probabilities of the labels; nothing is sampled.
 */
export const loadVoter = async (llama: Llama, config: VoterConfig): Promise<LoadedModel> => {
  const model = await llama.loadModel({ modelPath: config.file, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: VOTER_CONTEXT.context,
    sequences: VOTER_CONTEXT.sequences,
    batchSize: VOTER_CONTEXT.batch,
    threads: 1,
    // Twice as slow here, since it goes over the whole context, used or not.
    flashAttention: false,
  });
  const sequences = sequencesOf(context);
  const labels = Object.fromEntries(
    QUESTIONS.map((question) => [question, labelTokens(model, config, question)]),
  );

  const total = ({ ram, vram }: LlamaModel["memoryUsage"]): number => ram + vram;

  return {
    bytes: () => total(model.memoryUsage) + total(context.memoryUsage),
    embed: () =>
      Promise.reject(
        new Refusal("BAD_REQUEST", `the voter ${config.name} makes no vectors; use a llama model`),
      ),
    async answer({ question: { lines, options }, signal }) {
      const question = questionOf(config, options);
      const prompt = voterPrompt(lines.at(-1)?.content ?? "", question);
      const tokens = [...(model.tokens.bos === null ? [] : [model.tokens.bos]), ...model.tokenize(prompt)];
      const wanted = labels[question] ?? [];
      const logits = await sequences.lend(async (sequence) => {
        stopIfAborted(signal);
        const last = tokens[tokens.length - 1];
        if (last === undefined || tokens.length > VOTER_CONTEXT.context)
          throw new Refusal("BAD_REQUEST", "the line is too long for a voter");
        const outputs = await sequence.controlledEvaluate([
          ...tokens.slice(0, -1),
          [last, { generateNext: { logits: { filter: { tokens: wanted } } } }],
        ]);
        return outputs.at(-1)?.next.logits;
      });
      const values = wanted.map((token) => logits?.get(token) ?? -Infinity);
      const read = readLabels(LABELS[question], values, config.temperatures[question] ?? 1);
      if (read.choice === undefined)
        throw new Refusal("MODEL_UNAVAILABLE", `${config.file} gives no probabilities; install swarm again`);
      const { choice, confidence } = read;
      const probabilities = Object.fromEntries(
        LABELS[question].map((label, index) => [label, read.probabilities[index] ?? 0]),
      );
      const usage = { promptTokens: tokens.length, outputTokens: LABEL_TOKENS };
      return { type: "answer", answer: { text: choice, choice, confidence, probabilities, usage } };
    },
    async dispose() {
      await context.dispose();
      await model.dispose();
    },
  };
};

/** The question whose labels are the options, in any order. */
const questionOf = (config: VoterConfig, options: readonly string[] | undefined): VoterQuestion => {
  const asked = new Set(options);
  const question = QUESTIONS.find(
    (each) => options?.length === LABELS[each].length && LABELS[each].every((label) => asked.has(label)),
  );
  if (question !== undefined) return question;
  const known = QUESTIONS.map((each) => `[${LABELS[each].join(", ")}]`).join(" or ");
  const wanted = options === undefined ? "free text" : `[${options.join(", ")}]`;
  throw new Refusal(
    "BAD_REQUEST",
    `the voter ${config.name} cannot answer ${wanted}; it knows the options ${known}`,
  );
};

const labelTokens = (model: LlamaModel, config: VoterConfig, question: VoterQuestion): readonly Token[] =>
  LABELS[question].map((label) => {
    const [token, ...more] = model.tokenize(label);
    if (token === undefined || more.length > 0) {
      throw new Refusal(
        "MODEL_UNAVAILABLE",
        `${config.file} has no single token for ${label}, so it is no voter; use provider llama`,
      );
    }
    return token;
  });
