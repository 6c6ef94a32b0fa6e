import { z } from "zod";
import { ruleNames } from "../../coordination/protocol/decision-messages.ts";
import { durationPattern } from "./units.ts";
import { duration, name, priority, text } from "./words.ts";

const expression = text.describe("An expression: `${{ … }}`.");
const list = z
  .union([text, z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))])
  .describe("A list, or an expression that gives one.");
const variable = z
  .string()
  .regex(/^[A-Za-z_]\w{0,63}$/)
  .describe("Letters, digits and `_`; `item` unless told otherwise.");
const options = z.array(text.min(1)).min(2).max(64);

const check = z
  .strictObject({
    command: z
      .array(text)
      .min(1)
      .max(64)
      .describe(
        "The program and its arguments; no shell reads them. It runs in the folder of the task file.",
      ),
    passed: text.describe("The right option where it ends with 0."),
    failed: text.describe("The right option where it ends with another code."),
    timeout: z
      .string()
      .regex(durationPattern)
      .optional()
      .describe("When it is ended and tells nothing; 1m unless told otherwise."),
  })
  .describe("A command that tells the truth by its exit code. Needs `swarm run --allow-commands`.");

const decide = z
  .strictObject({
    question: text,
    options: options.describe("What can be voted for: two or more."),
    voters: z.array(name).min(1).max(64).describe("Agents."),
    evidence: text.optional().describe("What the voters are shown below the question."),
    domain: text
      .optional()
      .describe("The field that trust is read from; that of the voters if they share one, else `general`."),
    rule: z
      .enum(ruleNames)
      .optional()
      .describe(
        "`classwise`, the default, weighs ballots by trust and by a confidence calibrated for each option; `logodds` calibrates for all options together, `linear` multiplies. `majority`, `supermajority` (at the threshold in every tier) and `unanimity` (of all present) count heads. `approval` counts every option that a voter finds likelier than chance, `ranked` holds the options against each other in pairs. `median` is for options that are numbers. Under `judge` the voters advise, and the `judge` rules.",
      ),
    tier: z
      .enum(["routine", "standard", "critical"])
      .optional()
      .describe(
        "`standard` (the default) settles only at the threshold and with two heads; `critical` needs so many heads that most honest voters are among them, whatever a third of liars says; `routine` lets the first of the ranking win.",
      ),
    threshold: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Least share of the winner; 0.67 unless told otherwise."),
    quorum: z
      .number()
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(
        "Voters that must be present, an abstention included, from more than half to all; more than half unless told otherwise.",
      ),
    deadline: z
      .string()
      .regex(durationPattern)
      .optional()
      .describe("When a round ends without the missing ballots; 5m unless told otherwise."),
    rounds: z
      .number()
      .int()
      .min(0)
      .max(2)
      .optional()
      .describe(
        "Debate rounds at most, after the sealed first one, in which voters see each other's votes and reasons; none unless told otherwise: then a tie gets one re-vote.",
      ),
    reasons: z
      .boolean()
      .optional()
      .describe(
        "Whether voters that can write also say why, in a sentence; true unless told otherwise where somebody is to hear it: with `rounds`, a `judge` or `escalate: human`.",
      ),
    escalate: z
      .enum(["judge", "human", "fail"])
      .optional()
      .describe(
        "Where it goes when the votes do not settle it: `judge` asks the agent under `judge`; `human` suspends the run until `swarm approve`; `fail` ends the run at once. Without it the run goes on with the recommendation.",
      ),
    judge: name
      .optional()
      .describe("The agent that rules, for the rule `judge` and for `escalate: judge`; it does not vote."),
    truth: z
      .union([text, check])
      .optional()
      .describe(
        "The right option, where the task knows it, for instance `${{ inputs.gold }}`, or a command that finds out. The voters never see it; trust learns from it.",
      ),
  })
  .describe("Puts a question to voters and settles it.");

const listWords =
  "The list: an expression, or the items themselves. Null, for instance from a step that was skipped, is an empty list; anything else fails the step.";

const map = z
  .strictObject({
    over: list.describe(listWords),
    as: variable
      .optional()
      .describe(
        "The name of the item in the expressions inside; `item` unless told otherwise. `index` counts from 0.",
      ),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(1_024)
      .optional()
      .describe("Items worked on at once; 32 unless told otherwise."),
    get do() {
      return steps.describe("Steps for each item.");
    },
  })
  .describe("Does its steps for every item of a list.");

const order = z.union([
  expression,
  z.strictObject({
    by: expression,
    direction: z.enum(["asc", "desc"]).optional().describe("`asc` unless told otherwise."),
  }),
]);

const group = z
  .strictObject({
    over: list.describe(listWords),
    as: variable
      .optional()
      .describe("The name of the item in `where` and `by`; `item` unless told otherwise."),
    where: expression.optional().describe("Keeps the items for which it is true."),
    by: expression.describe("What the items of a group have in common."),
    order: z
      .array(order)
      .optional()
      .describe(
        "How the groups are ranked, each item an expression or a map; each expression sees `group` with `key`, `count`, `items`, `first` and `last`.",
      ),
    take: z.number().int().min(1).optional().describe("How many groups to keep."),
  })
  .describe("Gathers the items of a list into ranked groups.");

const step = z
  .strictObject({
    id: name.describe("The step's name: `steps.ID` in the expressions after it."),
    if: z
      .union([expression, z.boolean()])
      .optional()
      .describe(
        "Skips the step where it is false; its result is then null. An expression, or plain `true` or `false`.",
      ),
    ask: text.optional().describe("The agent to ask, or an expression that names it."),
    prompt: text.optional().describe("Only with `ask`, and needed there: what it is asked."),
    options: options.optional().describe("Only with `ask`: the answers to choose from."),
    priority: priority
      .optional()
      .describe("Only with `ask` and `decide`: that of its calls, whatever their agents say."),
    deadline: duration
      .optional()
      .describe("Only with `ask`: longest time for one call of it, whatever its agent says."),
    decide: decide.optional(),
    map: map.optional(),
    group: group.optional(),
    get parallel() {
      return steps.optional().describe("Steps that run side by side.");
    },
  })
  .meta({ id: "step", description: "One step: exactly one of ask, decide, parallel, map and group." });

export const steps = z.array(step).min(1);
export type TaskStep = z.infer<typeof step>;
