import type { StepDraft, TaskDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { lacksAgent, unknownAgent } from "./team.ts";

/** Checks who rules where votes do not: there is a judge if it is needed, and only then, and it is none of the voters. */
export const checkJudge = (
  { rule, rounds, escalate, judge }: NonNullable<StepDraft["decide"]>,
  voters: readonly (string | undefined)[],
  path: TaskPath,
  task: TaskDraft,
): readonly Finding[] => {
  const at = [...path, "judge"];
  if (rule === "judge" && escalate !== undefined)
    return [
      finding(
        [...path, "escalate"],
        "the rule `judge` is the judge's word: nothing escalates",
        undefined,
        "key",
      ),
    ];
  if (rule === "judge" && rounds !== undefined && rounds > 0)
    return [
      finding(
        [...path, "rounds"],
        "under the rule `judge` nobody debates: the judge rules on the first ballots",
      ),
    ];
  const why = rule === "judge" ? "the rule `judge`" : escalate === "judge" ? "`escalate: judge`" : undefined;
  if (why === undefined)
    return judge === undefined
      ? []
      : [
          finding(
            at,
            "nobody asks this judge",
            "write `escalate: judge` or `rule: judge`, or leave `judge` out",
            "key",
          ),
        ];
  if (judge === undefined)
    return [
      finding(
        [...path, rule === "judge" ? "rule" : "escalate"],
        `${why} needs a judge`,
        "name an agent that does not vote: `judge: NAME`",
      ),
    ];
  if (lacksAgent(task, judge)) return [unknownAgent(judge, at, task)];
  return voters.includes(judge)
    ? [
        finding(
          at,
          `"${judge}" votes in this decision and cannot be its judge`,
          "name an agent that does not vote",
        ),
      ]
    : [];
};
