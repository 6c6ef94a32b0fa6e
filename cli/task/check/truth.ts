import type { StepDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { suggest } from "../nearest.ts";
import { checkTemplate } from "./expressions.ts";
import type { Names } from "./names.ts";

/** Checks what a decision is graded by: a template, or a command whose exit code names an option. */
export const checkTruth = (
  truth: NonNullable<StepDraft["decide"]>["truth"],
  options: readonly (string | undefined)[],
  path: TaskPath,
  names: Names,
): readonly Finding[] => {
  const at = [...path, "truth"];
  if (truth === undefined) return [];
  if (typeof truth === "string")
    // What a template comes to only the run can tell.
    return truth.includes("${{") ? checkTemplate(truth, at, names) : checkOption(truth, options, at);
  const { command = [], passed, failed } = truth;
  return [
    ...command.flatMap((word, place) => checkTemplate(word ?? "", [...at, "command", place], names)),
    ...checkOption(passed, options, [...at, "passed"]),
    ...checkOption(failed, options, [...at, "failed"]),
  ];
};

const checkOption = (
  truth: string | undefined,
  options: readonly (string | undefined)[],
  path: TaskPath,
): readonly Finding[] => {
  const words = options.filter((option) => option !== undefined);
  if (truth === undefined || words.length < options.length || words.length === 0) return [];
  return words.includes(truth)
    ? []
    : [finding(path, `the truth "${truth}" is none of the options`, suggest(truth, words))];
};
