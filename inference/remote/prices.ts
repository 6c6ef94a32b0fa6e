import type { Price } from "../budget.ts";

/** When the table below was true. Prices change: a task can give its own. */
export const pricesAsOf = "2025-08";

/** US dollars for a million tokens, input and output, at list price, by host and model. */
const listed: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  "api.openai.com": {
    "gpt-4o": [2.5, 10],
    "gpt-4o-mini": [0.15, 0.6],
    "gpt-4.1": [2, 8],
    "gpt-4.1-mini": [0.4, 1.6],
    "gpt-4.1-nano": [0.1, 0.4],
  },
};

/** The listed price of a model at an endpoint; `undefined`: not in the table. */
export const listedPrice = (baseUrl: string, model: string): Price | undefined => {
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : "";
  const models = Object.hasOwn(listed, host) ? listed[host] : undefined;
  const price = models !== undefined && Object.hasOwn(models, model) ? models[model] : undefined;
  return price === undefined ? undefined : priceOf(price[0], price[1]);
};

/** A price in US dollars for a million tokens, as whole 1e-12 dollars for one. */
export const priceOf = (inputUsd: number, outputUsd: number): Price => ({
  inputPicoUsd: Math.round(inputUsd * 1e6),
  outputPicoUsd: Math.round(outputUsd * 1e6),
});
