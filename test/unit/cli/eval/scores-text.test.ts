import { expect, test } from "vitest";
import { scoresText } from "../../../../cli/eval/scores-text.ts";
import { defaults } from "../../../../cli/task/limits.ts";

const shownOf = (mean: number): string => {
  const over = { mean, low: mean, high: mean };
  const score = {
    name: defaults.rule,
    accuracy: 0.5,
    overMajority: over,
    overBest: over,
    brier: 0,
    recalibratedBrier: 0,
    error: 0,
    recalibratedError: 0,
  };
  return / majority: (\S+) \[/.exec(scoresText([score]))?.[1] ?? "";
};

test.each([
  [0, "+0.0"],
  [-0.0004, "+0.0"],
  [0.0004, "+0.0"],
  [-0.0006, "-0.1"],
  [0.012, "+1.2"],
  [-0.25, "-25.0"],
])("a difference of %d is shown as %s points", (mean, shown) => expect(shownOf(mean)).toBe(shown));
