import { z } from "zod";
import type { Json } from "../../coordination/protocol/json.ts";

const AnyJson: z.ZodType<Json> = z.json();

/** What both kinds of model have. */
const placed = {
  /** What its replies call it. */
  name: z.string(),
  file: z.string(),
  /** What it is expected to take of the memory, its contexts included. */
  bytes: z.exactOptional(z.int().nonnegative()),
};
const VoterConfig = z.object({
  type: z.literal("voter"),
  ...placed,
  /** Softmax temperature by question, from the manifest. */
  temperatures: z.record(z.string(), z.number().positive()),
});
const GgufConfig = z.object({
  type: z.literal("gguf"),
  ...placed,
  /** Tokens that one conversation may take, its reply included. */
  context: z.int().positive(),
  /** Conversations at once. The memory for all of them is taken when the model is loaded. */
  sequences: z.int().positive(),
  /** Tokens that are computed at once. */
  batch: z.exactOptional(z.int().positive()),
  threads: z.exactOptional(z.int().positive()),
  /** Whether it makes vectors of texts as well. The memory for that, too, is taken when the model is loaded. */
  embeds: z.exactOptional(z.literal(true)),
  /** Of what it writes; absent: as each request says. */
  temperature: z.exactOptional(z.number().min(0)),
});
const LlamaModelConfig = z.discriminatedUnion("type", [VoterConfig, GgufConfig]);
/** One model as the engine loads it. */
export type VoterConfig = Readonly<z.infer<typeof VoterConfig>>;
export type GgufConfig = Readonly<z.infer<typeof GgufConfig>>;
export type LlamaModelConfig = VoterConfig | GgufConfig;

const Question = z.object({
  lines: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })).readonly(),
  options: z.exactOptional(z.array(z.string()).readonly()),
  reason: z.exactOptional(z.literal(true)),
  schema: z.exactOptional(AnyJson),
  maxTokens: z.int().positive(),
  temperature: z.number().min(0),
  /** Whose tokens go into the next batch first where not all have room: 1 to 5, the highest first. */
  priority: z.exactOptional(z.int().min(1).max(5)),
});
/** The part of an inference request that the engine reads. */
export type Question = Readonly<z.infer<typeof Question>>;

const Start = z.object({
  type: z.literal("start"),
  /** How many threads the engine may compute with. */
  threads: z.int().positive(),
  /** Where the states of paused questions are kept. */
  stateFolder: z.exactOptional(z.string()),
  /** Bytes that its models may take together; what would not fit is refused before it is allocated. */
  ramCapBytes: z.exactOptional(z.int().positive()),
});
export type Start = Readonly<z.infer<typeof Start>>;

const Ask = z.object({
  type: z.literal("ask"),
  id: z.int(),
  model: z.int(),
  question: Question,
  /** The name under which it can be paused, and go on later. */
  call: z.exactOptional(z.string()),
  stream: z.exactOptional(z.boolean()),
});

const ToChild = z.discriminatedUnion("type", [
  /** Comes first. */
  Start,
  /** Tells what the number `model` stands for. The model is loaded when it is first asked. */
  z.object({ type: z.literal("define"), model: z.int(), config: LlamaModelConfig }),
  z.object({ type: z.literal("load"), id: z.int(), model: z.int() }),
  /** Frees the model's memory; it can be loaded again. */
  z.object({ type: z.literal("unload"), id: z.int(), model: z.int() }),
  Ask,
  z.object({ type: z.literal("embed"), id: z.int(), model: z.int(), texts: z.array(z.string()) }),
  z.object({ type: z.literal("abort"), id: z.int() }),
  /** Stops a question at its next token and keeps what was computed. */
  z.object({ type: z.literal("pause"), id: z.int() }),
  /** Drops what is kept of a paused question. */
  z.object({ type: z.literal("discard"), call: z.string() }),
  /** Frees the model's memory, once its open questions are answered, and forgets it. */
  z.object({ type: z.literal("forget"), model: z.int() }),
]);
export type ToChild = Readonly<z.infer<typeof ToChild>>;

const Answer = z.object({
  text: z.string(),
  choice: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
  confidence: z.exactOptional(z.number()),
  probabilities: z.exactOptional(z.record(z.string(), z.number())),
  value: z.exactOptional(AnyJson),
  shortened: z.exactOptional(z.object({ fromTokens: z.int(), toTokens: z.int(), level: z.int() })),
  finishReason: z.exactOptional(z.enum(["stop", "length"])),
  usage: z.object({ promptTokens: z.int(), outputTokens: z.int() }),
});
/** A reply without what only the parent knows: names and times. */
export type Answer = Readonly<z.infer<typeof Answer>>;

const FromChild = z.discriminatedUnion("type", [
  /** A crash between these two is blamed on the model. */
  z.object({ type: z.literal("loading"), model: z.int() }),
  z.object({ type: z.literal("loaded"), model: z.int() }),
  /** The model is in memory and takes so much, as the engine measured. */
  z.object({ type: z.literal("resident"), id: z.int(), bytes: z.number() }),
  z.object({ type: z.literal("unloaded"), id: z.int() }),
  /** The first token is there. */
  z.object({ type: z.literal("begun"), id: z.int() }),
  z.object({ type: z.literal("text"), id: z.int(), text: z.string() }),
  z.object({ type: z.literal("answer"), id: z.int(), answer: Answer }),
  z.object({ type: z.literal("paused"), id: z.int() }),
  z.object({ type: z.literal("vectors"), id: z.int(), vectors: z.array(z.array(z.number())) }),
  z.object({
    type: z.literal("refusal"),
    id: z.int(),
    code: z.enum(["MODEL_UNAVAILABLE", "BAD_REQUEST", "ABORTED", "OVERLOADED"]),
    message: z.string(),
  }),
]);
export type FromChild = Readonly<z.infer<typeof FromChild>>;

/** Throws `ZodError` on anything else, which ends the child: the two ends are of one build, so that would be a bug. */
export const decodeToChild = (raw: unknown): ToChild => ToChild.parse(raw);
/** `undefined` for anything else: the engine may have lost its mind, and the parent must not follow. */
export const decodeFromChild = (raw: unknown): FromChild | undefined => FromChild.safeParse(raw).data;
