import { z } from "zod";

/** One model as the engine loads it. `name` is what its replies call it. */
const VoterConfig = z.object({
  type: z.literal("voter"),
  name: z.string(),
  file: z.string(),
  /** Softmax temperature by question, from the manifest. */
  temperatures: z.record(z.string(), z.number().positive()),
});
const GgufConfig = z.object({
  type: z.literal("gguf"),
  name: z.string(),
  file: z.string(),
  /** Tokens that one conversation may take, its reply included. */
  context: z.int().positive(),
  /** Conversations at once. The memory for all of them is taken when the model is loaded. */
  sequences: z.int().positive(),
});
const LlamaModelConfig = z.discriminatedUnion("type", [VoterConfig, GgufConfig]);
export type VoterConfig = Readonly<z.infer<typeof VoterConfig>>;
export type GgufConfig = Readonly<z.infer<typeof GgufConfig>>;
export type LlamaModelConfig = VoterConfig | GgufConfig;

const Question = z.object({
  lines: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })).readonly(),
  options: z.exactOptional(z.array(z.string()).readonly()),
  maxTokens: z.int().positive(),
  temperature: z.number().min(0),
});
/** The part of an inference request that the engine reads. */
export type Question = Readonly<z.infer<typeof Question>>;

const ToChild = z.discriminatedUnion("type", [
  /** Comes first. `threads`: how many the engine may compute with. */
  z.object({ type: z.literal("start"), threads: z.int().positive() }),
  /** Tells what the number `model` stands for. The model is loaded when it is first asked. */
  z.object({ type: z.literal("define"), model: z.int(), config: LlamaModelConfig }),
  z.object({ type: z.literal("ask"), id: z.int(), model: z.int(), question: Question }),
  z.object({ type: z.literal("abort"), id: z.int() }),
  /** Loads the model now; brings `ready` or `refusal`. */
  z.object({ type: z.literal("load"), id: z.int(), model: z.int() }),
  /** Frees the model's memory, once its open questions are answered; brings `forgotten`. */
  z.object({ type: z.literal("forget"), model: z.int() }),
]);
export type ToChild = Readonly<z.infer<typeof ToChild>>;

const Answer = z.object({
  text: z.string(),
  choice: z.exactOptional(z.string()),
  confidence: z.exactOptional(z.number()),
  probabilities: z.exactOptional(z.record(z.string(), z.number())),
  usage: z.object({ promptTokens: z.int(), outputTokens: z.int() }),
});
/** A reply without what only the parent knows: names and times. */
export type Answer = Readonly<z.infer<typeof Answer>>;

const FromChild = z.discriminatedUnion("type", [
  /** A crash between these two is blamed on the model. */
  z.object({ type: z.literal("loading"), model: z.int() }),
  z.object({ type: z.literal("loaded"), model: z.int() }),
  z.object({ type: z.literal("answer"), id: z.int(), answer: Answer }),
  /** The model is in memory and takes `bytes`. */
  z.object({ type: z.literal("ready"), id: z.int(), bytes: z.int().nonnegative() }),
  z.object({ type: z.literal("forgotten"), model: z.int() }),
  z.object({
    type: z.literal("refusal"),
    id: z.int(),
    code: z.enum(["MODEL_UNAVAILABLE", "BAD_REQUEST", "ABORTED"]),
    message: z.string(),
  }),
]);
export type FromChild = Readonly<z.infer<typeof FromChild>>;

/** Throws `ZodError` on anything else, which ends the child: the two ends are of one build, so that would be a bug. */
export const decodeToChild = (raw: unknown): ToChild => ToChild.parse(raw);
/** `undefined` for anything else: the engine may have lost its mind, and the parent must not follow. */
export const decodeFromChild = (raw: unknown): FromChild | undefined => FromChild.safeParse(raw).data;
