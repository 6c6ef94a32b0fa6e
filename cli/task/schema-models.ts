import { z } from "zod";
import { presetNames } from "../../inference/remote/preset.ts";
import { baseUrlPattern, headerPattern, secretPattern } from "./secrets.ts";
import { duration, text } from "./words.ts";

const usdPerMillion = z.number().min(0).max(100_000);

const fallback = z
  .array(text)
  .min(1)
  .max(8)
  .optional()
  .describe(
    "Models that are asked, in this order, where this one fails: names under `models`, or `voter:NAME`.",
  );

const reply = z.strictObject({
  when: text.optional().describe("Part of the last line of the prompt that must be there."),
  agent: text.optional().describe("The agent that must be asking."),
  text: text.describe("What the model says; for a question with options, one of them."),
  confidence: z.number().min(0).max(1).optional(),
});

/** Where model text comes from. */
export const model = z.discriminatedUnion("provider", [
  z
    .strictObject({
      provider: z.literal("voter"),
      voter: text.describe("auth, database, network, storage, application or generalist."),
      fallback,
    })
    .describe(
      "One of the small models that ship. They label a line of a log by severity or area, and write no prose.",
    ),
  z
    .strictObject({
      provider: z.literal("llama"),
      file: text.describe(
        "A GGUF file, from the folder of the task file; or `hf:USER/MODEL:QUANT`, which is downloaded once.",
      ),
      context: z
        .number()
        .int()
        .min(256)
        .max(1_048_576)
        .optional()
        .describe("Tokens of context; 4096 unless told otherwise."),
      temperature: z.number().min(0).max(2).optional().describe("0 unless told otherwise."),
      threads: z
        .int()
        .min(1)
        .max(1024)
        .optional()
        .describe(
          "Threads that it computes with; one for each physical core unless told otherwise, and one for a very small model.",
        ),
      fallback,
    })
    .describe("A local model, run by llama.cpp."),
  z
    .strictObject({
      provider: z.literal("scripted"),
      replies: z.array(reply).min(1).describe("The first whose conditions hold answers."),
      fallback,
    })
    .describe("Canned replies: for tests and demonstrations."),
  z
    .strictObject({
      provider: z.literal("openai-compatible"),
      preset: z
        .enum(presetNames)
        .optional()
        .describe("What the endpoint is, and so what it understands; `generic` unless told otherwise."),
      baseUrl: z
        .string()
        .regex(baseUrlPattern)
        .optional()
        .describe("Where it is, up to `/v1`. A preset knows the usual place."),
      model: z.string().min(1).max(256).describe("The model, as the endpoint calls it."),
      apiKey: z
        .string()
        .regex(secretPattern)
        .optional()
        .describe(
          "`${env:NAME}`: the environment variable with the key. The key itself is never written anywhere.",
        ),
      headers: z
        .record(z.string().regex(headerPattern), text)
        .optional()
        .describe("More headers for each request; `${env:NAME}` in them stands for a secret."),
      fallback,
      confidence: z
        .enum(["logprobs", "stated", "sampled"])
        .optional()
        .describe(
          "Where the confidence of a choice comes from: token probabilities, where the preset has them; a number that the model states; or how often it says the same when it is asked several times.",
        ),
      samples: z
        .int()
        .min(2)
        .max(32)
        .optional()
        .describe(
          "Only with `confidence: sampled`: calls for one choice, each of which the budget counts; 5 unless told otherwise.",
        ),
      temperature: z
        .number()
        .min(0)
        .max(2)
        .optional()
        .describe("0 unless told otherwise, and 0.7 for a choice that is asked for several times."),
      price: z
        .strictObject({
          input: usdPerMillion.describe("US dollars for a million tokens of prompt."),
          output: usdPerMillion.describe("US dollars for a million tokens of reply."),
        })
        .optional()
        .describe(
          "What it costs. Presets on your own machine cost nothing; `docs/providers.md` lists what is known.",
        ),
      timeout: duration
        .optional()
        .describe("Longest time for one reply, all tries together; 5m unless told otherwise."),
      attemptTimeout: duration.optional().describe("Longest time for one try; 2m unless told otherwise."),
      firstByteTimeout: duration
        .optional()
        .describe("Longest time until the first byte of a reply; 1m unless told otherwise."),
      idleTimeout: duration.optional().describe("Longest silence within a reply; 30s unless told otherwise."),
      retries: z
        .number()
        .int()
        .min(0)
        .max(10)
        .optional()
        .describe("Tries after the first; 2 unless told otherwise."),
      concurrency: z
        .number()
        .int()
        .min(1)
        .max(256)
        .optional()
        .describe("Requests at the endpoint at once; 8 unless told otherwise."),
      circuit: z
        .strictObject({
          failures: z
            .number()
            .int()
            .min(1)
            .max(1000)
            .optional()
            .describe("Failed calls in a row; 5 unless told otherwise."),
          openFor: duration.optional().describe("30s unless told otherwise."),
        })
        .optional()
        .describe("After so many failed calls the endpoint is left alone for a while."),
    })
    .describe("A model behind any endpoint that speaks the OpenAI protocol, near or far."),
]);
