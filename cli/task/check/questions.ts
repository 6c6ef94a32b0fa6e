import type { StepDraft, TaskDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import type { Flaws } from "../flaws.ts";
import { checkTemplate } from "./expressions.ts";
import type { Names } from "./names.ts";
import { checkJudge } from "./judge.ts";
import { checkQuorum, checkRule } from "./rule.ts";
import { checkTruth } from "./truth.ts";
import { labelFlaw, lacksAgent, unknownAgent, voterOf } from "./team.ts";

export type StepCheck = {
  readonly task: TaskDraft;
  readonly flaws: Flaws;
};

/** Checks what an `ask` step has. */
export const checkAsk = (
  step: StepDraft,
  path: TaskPath,
  names: Names,
  { task, flaws }: StepCheck,
): readonly Finding[] => {
  const ask = step.ask ?? "";
  const hasFlawedOptions = flaws.isBroken([...path, "options"]);
  const findings = [
    ...checkTemplate(ask, [...path, "ask"], names),
    ...checkTemplate(step.prompt ?? "", [...path, "prompt"], names),
    ...(hasFlawedOptions ? [] : repeated(step.options ?? [], [...path, "options"], "option")),
  ];
  if (step.ask === undefined || ask.includes("${{")) return findings;
  if (lacksAgent(task, ask)) return [...findings, unknownAgent(ask, [...path, "ask"], task)];
  if (hasFlawedOptions) return findings;
  const at = step.options === undefined ? "ask" : "options";
  return [...findings, ...checkLabels(ask, step.options, [...path, at], task)];
};

/** Checks a decision. */
export const checkDecide = (
  decide: NonNullable<StepDraft["decide"]>,
  path: TaskPath,
  names: Names,
  { task, flaws }: StepCheck,
): readonly Finding[] => {
  const options = flaws.isBroken([...path, "options"]) ? [] : (decide.options ?? []);
  const voters = flaws.isBroken([...path, "voters"]) ? [] : (decide.voters ?? []);
  return [
    ...(["question", "evidence", "domain"] as const).flatMap((key) =>
      checkTemplate(decide[key] ?? "", [...path, key], names),
    ),
    ...checkTruth(decide.truth, options, path, names),
    ...repeated(options, [...path, "options"], "option"),
    ...checkRule(decide, options, path),
    ...checkQuorum(decide, voters.length, path),
    ...checkJudge(decide, voters, path, task),
    ...repeated(voters, [...path, "voters"], "voter"),
    ...voters.flatMap((voter, place) =>
      voter !== undefined && lacksAgent(task, voter)
        ? [unknownAgent(voter, [...path, "voters", place], task)]
        : [],
    ),
    // What one voter cannot label, the others of its kind cannot either: said once.
    ...[...voters, decide.judge]
      .flatMap((voter) =>
        voter === undefined || options.length === 0
          ? []
          : checkLabels(voter, options, [...path, "options"], task),
      )
      .slice(0, 1),
  ];
};

const repeated = (words: readonly (string | undefined)[], path: TaskPath, what: string): readonly Finding[] =>
  words.flatMap((word, place) =>
    word !== undefined && words.indexOf(word) < place
      ? [finding([...path, place], `the ${what} "${word}" is there twice`)]
      : [],
  );

const checkLabels = (
  agent: string,
  options: readonly (string | undefined)[] | undefined,
  path: TaskPath,
  task: TaskDraft,
): readonly Finding[] => {
  const voter = voterOf(agent, task);
  const words = options?.filter((option) => option !== undefined);
  // With one of the options unreadable, nobody can say whether the others are the right ones.
  if (voter === undefined || words?.length !== options?.length) return [];
  const flaw = labelFlaw(agent, voter, words);
  return flaw === undefined ? [] : [finding(path, flaw.message, flaw.hint)];
};
