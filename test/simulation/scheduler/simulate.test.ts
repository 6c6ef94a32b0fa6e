import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAIR_DEFAULTS } from "../../../inference/scheduling/policies/fair.ts";
import { often } from "../../support/deep.ts";
import { BUDGET_BYTES } from "./assumptions.ts";
import { OTHERS, OURS } from "./baselines.ts";
import { lowerBoundS, waitBoundS } from "./bound.ts";
import { longestHeadWaitS } from "./measure.ts";
import { simulate } from "./simulate.ts";
import type { SimulatedAgent } from "./workloads.ts";

const turn = fc.record({
  promptTokens: fc.integer({ min: 1, max: 1500 }),
  outputTokens: fc.integer({ min: 1, max: 200 }),
  pauseMs: fc.integer({ min: 0, max: 2000 }),
});
// No more of a model than there are sequences for when it is alone: the bound is about models, not about places in one.
const team: fc.Arbitrary<readonly SimulatedAgent[]> = fc
  .uniqueArray(
    fc.record({
      model: fc.constantFrom("8B" as const, "3B" as const, "1B" as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ model }) => model },
  )
  .chain((models) =>
    fc.tuple(
      ...models.flatMap(({ model, count }) =>
        Array.from({ length: count }, (_, index) =>
          fc
            .array(turn, { minLength: 1, maxLength: 12 })
            .map((turns): SimulatedAgent => ({ name: `${model}-${index}`, model, turns, window: 1 })),
        ),
      ),
    ),
  );
const quanta = fc.record({
  quantumMs: fc.constantFrom(500, 2000, 10_000),
  drainMs: fc.constantFrom(0, 200, 1000),
});

const boundLaw = (lie: Partial<typeof FAIR_DEFAULTS> = {}) =>
  fc.property(team, quanta, (agents, spans) => {
    const policy = { type: "fair", ...FAIR_DEFAULTS, ...spans, ...lie } as const;
    const report = simulate({ agents, policy, batch: 512 });
    expect(report.lost).toBe(0);
    expect(report.peakBytes).toBeLessThanOrEqual(BUDGET_BYTES);
    expect(longestHeadWaitS(report)).toBeLessThanOrEqual(waitBoundS(agents, { ...FAIR_DEFAULTS, ...spans }));
  });

describe("on the simulated card", () => {
  test("no call waits longer than the bound that docs/inference.md proves", () => {
    fc.assert(boundLaw(), { numRuns: often(60, 2000) });
  });

  test.each([
    ["a quantum that does not end", { quantumMs: 1e9 }],
    ["calls that are not paused", { drainMs: 1e9 }],
  ])("the bound would catch %s", (_, lie) => {
    expect(fc.check(boundLaw(lie), { numRuns: 300, endOnFailure: true }).failed).toBe(true);
  });

  test("no policy is faster than the lower bound, and each answers every call", () => {
    const law = fc.property(team, fc.constantFrom(OURS, ...OTHERS), (agents, { policy, batch }) => {
      const report = simulate({ agents, policy, batch });
      expect(report.lost).toBe(0);
      expect(report.makespanS).toBeGreaterThanOrEqual(lowerBoundS(agents) - 1e-6);
    });
    fc.assert(law, { numRuns: often(60, 2000) });
  });

  test("the same calls take the same time again", () => {
    fc.assert(
      fc.property(team, (agents) => {
        expect(simulate({ agents, ...OURS })).toEqual(simulate({ agents, ...OURS }));
      }),
      { numRuns: 10 },
    );
  });
});
