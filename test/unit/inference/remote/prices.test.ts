import { expect, test } from "vitest";
import { listedPrice, priceOf } from "../../../../inference/remote/prices.ts";

test("a price for a million tokens is one for each, of what goes in and what comes out", () => {
  expect(priceOf(0.15, 0.6)).toEqual({ inputPicoUsd: 150_000, outputPicoUsd: 600_000 });
});

test.each([
  ["a model of the table", "https://api.openai.com/v1", "gpt-4o", priceOf(2.5, 10)],
  ["a model that is not in it", "https://api.openai.com/v1", "gpt-99", undefined],
  ["a word of the language", "https://api.openai.com/v1", "constructor", undefined],
  ["another host", "https://example.com/v1", "gpt-4o", undefined],
  ["another door of the host", "https://api.openai.com:8443/v1", "gpt-4o", undefined],
  ["no address", "api.openai.com", "gpt-4o", undefined],
])("the listed price of %s", (_, baseUrl, model, price) =>
  expect(listedPrice(baseUrl, model)).toEqual(price),
);
