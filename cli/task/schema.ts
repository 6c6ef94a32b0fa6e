import { z } from "zod";
import { steps } from "./schema-steps.ts";
import { countPattern, durationPattern, sizePattern } from "./units.ts";
import { name, text } from "./words.ts";

// A schema that is used once is read faster than it is compiled.
z.config({ jitless: true });

const count = z
  .union([z.number().int().nonnegative(), z.string().regex(countPattern)])
  .describe("A number such as 500, 200k or 1M.");
const duration = z.string().regex(durationPattern).describe("A span of time such as 90s, 10m or 24h.");
const size = z.string().regex(sizePattern).describe("A size such as 512MB or 8GB.");

export const inputTypes = ["file", "text", "number", "boolean", "json"] as const;

const input = z
  .strictObject({
    type: z
      .enum(inputTypes)
      .describe(
        "`file` is read as text and offers `.path`, `.text` and `.lines` (each with `number` and `text`).",
      ),
    required: z
      .boolean()
      .optional()
      .describe("Refuse to run without it. Without this and without a default, a missing input is null."),
    default: z.json().optional().describe("The value where none is given; for a file its path."),
    path: text
      .optional()
      .describe("Only for `file`: the file to read where none is given, from the folder of the task file."),
    description: text.optional(),
  })
  .describe("Something the run needs from outside, given by `--input NAME=VALUE`; `-` reads standard input.");

const reply = z.strictObject({
  when: text.optional().describe("Part of the last line of the prompt that must be there."),
  agent: text.optional().describe("The agent that must be asking."),
  text: text.describe("What the model says; for a question with options, one of them."),
  confidence: z.number().min(0).max(1).optional(),
});

const model = z.discriminatedUnion("provider", [
  z
    .strictObject({
      provider: z.literal("voter"),
      voter: text.describe("auth, database, network, storage, application or generalist."),
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
    })
    .describe("A local model, run by llama.cpp."),
  z
    .strictObject({
      provider: z.literal("scripted"),
      replies: z.array(reply).min(1).describe("The first whose conditions hold answers."),
    })
    .describe("Canned replies: for tests and demonstrations."),
]);

const agent = z
  .strictObject({
    role: text.describe("Who the agent is, in a few words."),
    model: text.describe("A name under `models`, or `voter:NAME` for a model that ships."),
    instructions: text.optional().describe("What it should heed in every answer."),
    domain: text.optional().describe("The field that its trust is kept under."),
    maxWeight: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Largest part of a decision's share that it may carry."),
    maxTokens: z
      .number()
      .int()
      .min(1)
      .max(131_072)
      .optional()
      .describe("Longest answer; 256 unless told otherwise."),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe("Calls for one piece of work until it gives up; 2 unless told otherwise."),
  })
  .describe("A member of the team.");

const budget = z
  .strictObject({
    tokens: count.optional().describe("Most tokens of all calls together."),
    wall: duration.optional().describe("Longest time of work, summed over resumes."),
    turns: count.optional().describe("Most model calls."),
  })
  .describe(
    "Most that a run may spend. Reserved before each call; the run ends with exit code 4 when it is spent.",
  );

const resources = z.strictObject({
  vram: size.optional().describe("Memory that all models together stay within; 8GB unless told otherwise."),
  budget: budget.optional(),
});

const output = z
  .union([
    z.strictObject({
      markdown: text.describe("A Markdown template with `{% for %}` and `{% if %}` blocks."),
    }),
    z.json(),
  ])
  .describe("A value made of templates, or `{markdown: …}`.");

/** A task file. Strict all the way down: a typo is an error at its place. */
export const Task = z
  .strictObject({
    version: z.literal(1).describe("Version of this format."),
    name: name.describe("Name of the task."),
    description: text.optional(),
    inputs: z.record(name, input).optional(),
    models: z.record(name, model).optional(),
    resources: resources.optional(),
    coordinators: z
      .int()
      .min(1)
      .max(7)
      .optional()
      .describe(
        "How many replicas keep the log of decisions; 3 unless told otherwise. An odd number is best.",
      ),
    agents: z.record(name, agent),
    workflow: steps.describe("Steps, one after the other."),
    outputs: z.record(name, output).optional().describe("What the run hands out, by name."),
  })
  .describe("A task for swarm.");
export type Task = Readonly<z.infer<typeof Task>>;
export type TaskInput = z.infer<typeof input>;
export type TaskModel = z.infer<typeof model>;
export type TaskAgent = z.infer<typeof agent>;
export type TaskOutput = z.infer<typeof output>;
