import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chanceFrom } from "../../../../coordination/decision/evaluation/chance.ts";
import { classwise } from "../../../../coordination/decision/rules/classwise.ts";
import { logodds } from "../../../../coordination/decision/rules/logodds.ts";
import { spreadOf } from "../../../../coordination/decision/spread.ts";
import { emptyAgent } from "../../../../coordination/decision/trust.ts";
import { often } from "../../../support/deep.ts";
import { agentWith, domain } from "./builders.ts";

const right = (...counts: readonly (readonly [right: number, all: number])[]) =>
  counts.map(([good, all]) => agentWith([[0.9, good, all]]));

describe("how much of the gaps in ability is more than chance", () => {
  test.each([
    ["nobody has answered", [emptyAgent, emptyAgent], 0],
    ["one alone", right([30, 50]), 0],
    ["one alone, at a rate that rounds", right([3, 49]), 0],
    ["nobody was ever wrong", right([5, 5], [9, 9]), 0],
    ["nobody was ever right", right([0, 5], [0, 9]), 0],
    ["no gap at all", right([30, 50], [30, 50]), 0],
    ["a gap as of chance", right([30, 50], [33, 50]), 0],
    ["who never answered tells nothing", [...right([45, 50], [10, 50]), emptyAgent], 0.98],
    ["a gap that is no chance", right([45, 50], [10, 50]), 0.98],
    ["the same after few answers is hardly known", right([4, 5], [1, 5]), 0.72],
  ])("%s", (_, agents, expected) => expect(spreadOf(agents, domain).part).toBeCloseTo(expected, 2));

  test("is known of another domain by what they did in all", () =>
    expect(spreadOf(right([45, 50], [10, 50]), "elsewhere").part).toBeCloseTo(0.98, 2));

  test("is little among equals, and most of it among others", () => {
    const chance = chanceFrom(3);
    const answers = (rate: number) => {
      let good = 0;
      for (let nth = 0; nth < 100; nth += 1) good += chance.below(1_000) < 1_000 * rate ? 1 : 0;
      return [good, 100] as const;
    };
    const mean = (rates: readonly number[]) => {
      let sum = 0;
      for (let nth = 0; nth < 300; nth += 1) sum += spreadOf(right(...rates.map(answers)), domain).part;
      return sum / 300;
    };
    expect(mean([0.7, 0.7, 0.7, 0.7, 0.7])).toBeLessThan(0.25);
    expect(mean([0.5, 0.6, 0.7, 0.8, 0.9])).toBeGreaterThan(0.85);
  });

  test("lies from 0 to 1, whatever the order of the agents", () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(60)), { maxLength: 7 }), (pairs) => {
        const agents = right(...pairs.map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const));
        const { part } = spreadOf(agents, domain);
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThan(1);
        expect(spreadOf(agents.toReversed(), domain).part).toBe(part);
      }),
      { numRuns: often(2_000, 20_000) },
    ));
});

test("a gap that may be chance costs no weight under classwise, and a real one what it costs under logodds", () => {
  const parts = { calibrated: 0.8, precision: 0.7, ability: 0.7, trust: 1, options: 2 };
  const level = logodds.weigh({ ...parts, gap: 0, spread: 0 });
  expect(classwise.weigh({ ...parts, gap: 0.2, spread: 0 })).toBe(level);
  expect(classwise.weigh({ ...parts, gap: 0.2, spread: 1 })).toBe(
    logodds.weigh({ ...parts, gap: 0.2, spread: 0 }),
  );
});
