import type { StepDraft } from "../draft.ts";
import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { defaults } from "../limits.ts";
import type { Task } from "../schema.ts";

/** Warns of a decision that its votes cannot settle, whatever they are. `path`: that of its voters. */
export const neverSettles = (
  { rule, tier = defaults.tier, voters = [] }: NonNullable<StepDraft["decide"]>,
  path: TaskPath,
  task: Task,
): readonly Finding[] => {
  if (rule === "judge") return [];
  if (tier === "standard" && voters.length === 1)
    return [
      finding(
        path,
        "one voter cannot settle a `standard` decision, which needs two heads",
        "name a second voter, or write `tier: routine`",
      ),
    ];
  const hasShare = tier !== "routine" || rule === "supermajority" || rule === "unanimity";
  // In millionths, as the plan has it: tenths do not add up to 1.
  const carried = voters.reduce(
    (sum, voter) => sum + Math.round(1e6 * (task.agents[voter ?? ""]?.maxWeight ?? 1)),
    0,
  );
  return hasShare && carried < 1e6
    ? [
        finding(
          path,
          // Cut, not rounded: 100 % would be enough.
          `all that its voters may carry is ${Math.floor(carried / 1e4)} % of the share: it never settles`,
          "raise `maxWeight` of an agent, or name another voter",
        ),
      ]
    : [];
};
