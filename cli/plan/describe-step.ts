import type { DecideStep, PlanStep } from "../../actors/workflow/plan.ts";
import type { Urgency } from "../../coordination/protocol/inference-messages.ts";
import { printable } from "../output.ts";

/** What people are told of one step, in short plain texts. */
export type StepWords = {
  readonly id: string;
  readonly kind: PlanStep["type"];
  /** What the step does, with whom. */
  readonly what: string;
  /** What else matters: options, rule, concurrency, condition. */
  readonly notes: readonly string[];
};

const longest = 90;

export const describeStep = (step: PlanStep): StepWords => {
  const { what, notes } = wordsOf(step);
  const condition = step.if === undefined ? [] : [`if ${short(step.if)}`];
  return { id: printable(step.id), kind: step.type, what, notes: [...notes, ...condition] };
};

const wordsOf = (step: PlanStep): { readonly what: string; readonly notes: readonly string[] } => {
  switch (step.type) {
    case "ask":
      return {
        what: short(step.agent),
        notes: [
          step.options === undefined ? "free text" : optionWords(step.options),
          ...urgencyWords(step.urgency ?? {}),
        ],
      };
    case "decide":
      return {
        what: short(step.voters.join(", ")),
        notes: [
          optionWords(step.options),
          step.tier === "routine"
            ? `${step.rule}, routine`
            : `${step.rule}, ${step.tier}, share at least ${percent(step.thresholdPpm)}`,
          ...(step.quorum === undefined ? [] : [`${step.quorum} voters present`]),
          `within ${durationWords(step.deadlineMs)}`,
          ...urgencyWords(step.urgency ?? {}),
          ...(step.rounds === undefined || step.rounds === 0
            ? []
            : [`debate of ${step.rounds} rounds at most`]),
          ...(step.reasons === true ? ["with reasons"] : []),
          ...(step.rule === "judge" ? [`ruled by ${step.judge ?? "?"}`] : []),
          ...(step.escalate === undefined ? [] : [escalationWords(step)]),
          ...(step.truth === undefined ? [] : [`graded by ${short(step.truth)}`]),
          ...(step.check === undefined
            ? []
            : [`graded by the command ${short(step.check.command.join(" "))}`]),
        ],
      };
    case "parallel":
      return { what: "all at once", notes: [] };
    case "map":
      return {
        what: `over ${short(step.over)} as ${short(step.as)}`,
        notes: [`${step.concurrency} at once`],
      };
    case "group": {
      const order = step.order.map(({ by, direction }) => `${short(by)} ${direction}`).join(", ");
      return {
        what: `${short(step.over)} by ${short(step.by)}`,
        notes: [
          ...(step.where === undefined ? [] : [`where ${short(step.where)}`]),
          ...(order === "" ? [] : [`order ${order}`]),
          ...(step.take === undefined ? [] : [`the first ${step.take}`]),
        ],
      };
    }
  }
};

/** What is said of how pressing calls are. */
export const urgencyWords = ({ priority, deadlineMs }: Urgency): readonly string[] => [
  ...(priority === undefined ? [] : [`priority ${priority}`]),
  ...(deadlineMs === undefined ? [] : [`each call within ${durationWords(deadlineMs)}`]),
];

const escalationWords = ({ escalate, judge }: DecideStep): string =>
  `else ${{ judge: `the judge ${judge ?? "?"}`, human: "a person", fail: "fails" }[escalate ?? "fail"]}`;

/** Who is asked by a step, as the task names them; a template where only the run tells. */
export const askedAgents = (step: PlanStep): readonly string[] => {
  if (step.type === "ask") return [step.agent];
  if (step.type !== "decide") return [];
  return step.judge === undefined ? step.voters : [...step.voters, step.judge];
};

const optionWords = (options: readonly string[]): string => short(options.join(" | "));

const percent = (ppm: number): string => `${(ppm / 10_000).toFixed(1).replace(/\.0$/, "")} %`;

/** `1.5 s`, `10 min`, `24 h`: in the largest unit that it is a whole number of. */
export const durationWords = (ms: number): string => {
  for (const [unit, name] of [
    [3_600_000, "h"],
    [60_000, "min"],
  ] as const) {
    if (ms > 0 && ms % unit === 0) return `${ms / unit} ${name}`;
  }
  return `${ms / 1000} s`;
};

/** One harmless line of a text from the task, with `${{ }}` taken off where it is all there is. */
const short = (text: string): string => {
  const bare = /^\s*\$\{\{([^{}]*)\}\}\s*$/.exec(text)?.[1] ?? text;
  const line = printable(bare.replace(/\s+/g, " ").trim());
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
};
