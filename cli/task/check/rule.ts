import { quorumOf } from "../../../coordination/decision/electorate.ts";
import type { StepDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";

/** Checks that a quorum can be reached, and is one: fewer than half could settle what the others never saw. */
export const checkQuorum = (
  { rule, quorum }: NonNullable<StepDraft["decide"]>,
  voters: number,
  path: TaskPath,
): readonly Finding[] => {
  if (quorum === undefined) return [];
  if (rule === "judge")
    return [
      finding([...path, "quorum"], "under the rule `judge` the votes need no quorum", undefined, "key"),
    ];
  // Without a list of voters nobody can say.
  if (voters === 0) return [];
  const least = quorumOf(voters);
  const hint = least === voters ? `write ${least}, or leave it out` : `write ${least} to ${voters}`;
  if (quorum > voters)
    return [finding([...path, "quorum"], `of ${voters} voters ${quorum} cannot be present`, hint)];
  return quorum < least
    ? [finding([...path, "quorum"], `a quorum of ${voters} voters is more than half of them`, hint)]
    : [];
};

/** Checks that a decision's options and threshold suit its rule. */
export const checkRule = (
  { rule, threshold }: NonNullable<StepDraft["decide"]>,
  options: readonly (string | undefined)[],
  path: TaskPath,
): readonly Finding[] => {
  switch (rule) {
    case "median":
      return checkNumbers(options, [...path, "options"]);
    case "supermajority":
      return threshold === undefined || threshold > 0.5
        ? []
        : [
            finding(
              [...path, "threshold"],
              "a supermajority is more than half",
              "write a threshold above 0.5, such as 0.67",
            ),
          ];
    case "unanimity":
      return threshold === undefined
        ? []
        : [finding([...path, "threshold"], "unanimity needs no threshold: it is 1", undefined, "key")];
    default:
      return [];
  }
};

const checkNumbers = (options: readonly (string | undefined)[], path: TaskPath): readonly Finding[] =>
  options.flatMap((option, place) => {
    if (option === undefined) return [];
    if (!isNumber(option))
      return [finding([...path, place], `the median is of numbers, and "${option}" is none`)];
    const twin = options.findIndex((other) => other !== undefined && Number(other) === Number(option));
    // The same text twice is told by the check of all options.
    return twin < place && options[twin] !== option
      ? [finding([...path, place], `"${option}" is the same number as "${options[twin]}"`)]
      : [];
  });

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));
