import { invariant } from "../coordination/protocol/invariant.ts";

/** How sure a model is: the likeliest option and the probability of each, which sum to 1. */
export type Confidence = {
  readonly choice: string;
  /** Probability, 0 to 1, of `choice`. */
  readonly confidence: number;
  readonly probabilities: Readonly<Record<string, number>>;
};

/** Softmax. A temperature over 1 flattens, under 1 sharpens. Safe for large values and for -Infinity, if not all are. */
export const softmax = (logs: readonly number[], temperature: number): readonly number[] => {
  invariant(temperature > 0, "softmax needs a temperature above 0");
  const scaled = logs.map((log) => log / temperature);
  const top = Math.max(...scaled);
  invariant(Number.isFinite(top), "softmax needs a finite value");
  const weights = scaled.map((value) => Math.exp(value - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
};

/** Reads log-probabilities, one an option, as a confidence. Of equal options the first wins. */
export const confidenceOf = (
  options: readonly string[],
  logs: readonly number[],
  temperature: number,
): Confidence => {
  invariant(options.length > 0 && options.length === logs.length, "one log-probability an option");
  const probabilities = softmax(logs, temperature);
  const confidence = Math.max(...probabilities);
  return {
    choice: options[probabilities.indexOf(confidence)] ?? "",
    confidence,
    probabilities: Object.fromEntries(options.map((option, index) => [option, probabilities[index] ?? 0])),
  };
};
