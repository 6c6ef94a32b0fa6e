import { z } from "zod";
import { model } from "./schema-models.ts";
import { steps } from "./schema-steps.ts";
import { countPattern, sizePattern } from "./units.ts";
import { duration, name, priority, text } from "./words.ts";

// A schema that is used once is read faster than it is compiled.
z.config({ jitless: true });

const count = z
  .union([z.number().int().nonnegative(), z.string().regex(countPattern)])
  .describe("A number such as 500, 200k or 1M.");
const size = z.string().regex(sizePattern).describe("A size such as 512MB or 8GB.");

/** Names of the policies in `inference/`. */
const schedulers = ["fair", "fifo", "round-robin", "keep-alive", "lru"] as const;

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

const agent = z
  .strictObject({
    role: text.describe("Who the agent is, in a few words."),
    model: z
      .union([text, z.array(text).min(1).max(8)])
      .describe(
        "A name under `models`, or `voter:NAME` for a model that ships. A list: where one fails, the next is asked.",
      ),
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
    share: z
      .number()
      .min(0.01)
      .max(100)
      .optional()
      .describe(
        "What it gets of a model beside others who wait for it as well: 2 is twice as much as 1, which holds unless told otherwise.",
      ),
    recall: z
      .number()
      .int()
      .min(16)
      .max(131_072)
      .optional()
      .describe(
        "It is told again what it was asked and answered in earlier steps of the run, in so many tokens: the latest facts, the newest lines, and what has to do with the question. Without this each step starts anew.",
      ),
    priority: priority.optional(),
    deadline: duration
      .optional()
      .describe(
        "Longest time for one call, its wait in the queue included; then it fails, and the next model of the agent is asked, if it has one.",
      ),
  })
  .describe("A member of the team.");

const budget = z
  .strictObject({
    tokens: count.optional().describe("Most tokens of all calls together."),
    wall: duration.optional().describe("Longest time of work, summed over resumes."),
    turns: count.optional().describe("Most model calls."),
    usd: z
      .number()
      .gt(0)
      .max(1_000_000)
      .optional()
      .describe("Most money, in US dollars, that remote models may cost; their prices must be known."),
  })
  .describe(
    "Most that a run may spend. Reserved before each call; the run ends with exit code 4 when it is spent.",
  );

const resources = z.strictObject({
  vram: size
    .optional()
    .describe(
      "Memory that all local models together may take, of the GPU, or of the machine where there is none; 8GB unless told otherwise. `--vram` overrides it.",
    ),
  scheduler: z
    .enum(schedulers)
    .optional()
    .describe(
      "How local models share the memory and the engine. `fair` (the default) gives agents equal parts, and lets models that do not fit together take turns; `fifo`: first come, first served; `round-robin`: the agent that was served least is next; `keep-alive`: as Ollama does; `lru`: the model that was used longest ago leaves.",
    ),
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
