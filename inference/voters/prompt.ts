import { normalise } from "./normalise.ts";

/** The two things a voter can be asked about a line. */
export const QUESTIONS = ["severity", "area"] as const;
export type Question = (typeof QUESTIONS)[number];

/** The answers to each question. Every label is one token of every shipped model. */
export const LABELS = {
  severity: ["info", "warning", "error", "critical"],
  area: ["auth", "database", "network", "storage", "application"],
} as const;
export type Severity = (typeof LABELS.severity)[number];
export type Area = (typeof LABELS.area)[number];

/** What ends a prompt; one token, so a second question about a line costs one more step. */
export const questionToken = (question: Question): string => `\n${question}=`;

/** What a voter is asked: the normalised line, then the question. The next token is the label. */
export const voterPrompt = (line: string, question: Question): string => promptOf(normalise(line), question);

/** As voterPrompt, for a line that `normalise` has already read. */
export const promptOf = (normalised: string, question: Question): string =>
  ` ${normalised}${questionToken(question)}`;

/**
 * Turns the logits of the label tokens, in the order of `LABELS`, into calibrated probabilities.
 * `temperature` is the model's own, from the manifest.
 */
export const readLabels = <Label extends string>(
  labels: readonly Label[],
  logits: readonly number[],
  temperature: number,
): {
  readonly choice: Label | undefined;
  readonly confidence: number;
  readonly probabilities: readonly number[];
} => {
  const scaled = logits.map((logit) => logit / temperature);
  const top = Math.max(...scaled);
  const weights = scaled.map((value) => Math.exp(value - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const probabilities = weights.map((weight) => weight / total);
  const confidence = Math.max(...probabilities);
  return { choice: labels[probabilities.indexOf(confidence)], confidence, probabilities };
};
