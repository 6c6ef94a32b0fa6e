import { describe, expect, test } from "vitest";
import type { PlanStep, RunPlan } from "../../../actors/workflow/plan.ts";
import { estimateOf } from "../../../cli/plan/estimate.ts";
import { cpuMs } from "../../support/cpu-time.ts";

const agent = (name: string) => ({ name, role: "reader", model: "m", maxTokens: 100, attempts: 3 });

const planOf = (steps: readonly PlanStep[], text?: string): RunPlan => ({
  version: 1,
  name: "estimated",
  inputs: text === undefined ? {} : { log: { type: "file", path: "/log", text } },
  models: {},
  agents: { a: agent("a"), b: agent("b") },
  steps,
  outputs: {},
  budget: {},
  coordinators: 3,
});

const ask: PlanStep = { type: "ask", id: "ask", agent: "a", prompt: "Why?" };
const decide: PlanStep = {
  type: "decide",
  id: "vote",
  question: "Which?",
  options: ["x", "y"],
  voters: ["a", "b"],
  evidence: "${{ steps.ask.output }}",
  domain: "general",
  rule: "logodds",
  tier: "standard",
  thresholdPpm: 670_000,
  deadlineMs: 1000,
};
const map = (over: string, steps: readonly PlanStep[], id = "each"): PlanStep => ({
  type: "map",
  id,
  over,
  as: "item",
  concurrency: 4,
  steps,
});
const lines = "${{ inputs.log.lines }}";

describe("an estimate counts", () => {
  test.each<[string, RunPlan, number | null, number | null]>([
    ["one call an ask, and with retries all attempts", planOf([ask]), 1, 3],
    ["one call a voter", planOf([decide]), 2, 6],
    [
      "a map over a list of the inputs once an item",
      planOf([map(lines, [ask, decide])], "1\n2\r\n3\n"),
      9,
      27,
    ],
    ["a map over a literal list", planOf([map("${{ ['x', 'y'] }}", [ask])]), 2, 6],
    ["maps inside maps", planOf([map(lines, [map(lines, [ask], "inner")])], "1\n2\n3"), 9, 27],
    ["branches of a parallel step", planOf([{ type: "parallel", id: "both", steps: [ask, decide] }]), 3, 9],
    ["nothing in an empty list", planOf([map(lines, [ask])], ""), 0, 0],
    [
      "an agent that only the run names by the most demanding",
      planOf([{ ...ask, agent: "${{ inputs.who }}" }]),
      1,
      3,
    ],
    ["nothing it cannot know: a map over an absent input", planOf([ask, map(lines, [ask])]), null, null],
    [
      "nothing it cannot know: a map over results",
      planOf([map("${{ steps.ask.output }}", [ask])], "1"),
      null,
      null,
    ],
    [
      "nothing it cannot know: a map over the items of a map",
      planOf([map(lines, [map("${{ item.text }}", [ask], "inner")])], "1"),
      null,
      null,
    ],
  ])("%s", (_, plan, calls, callsWithRetries) => {
    expect(estimateOf(plan)).toMatchObject({ calls, callsWithRetries });
  });

  test("the calls that it knows, where others are not known", () => {
    expect(estimateOf(planOf([decide, map(lines, [ask])])).callsKnown).toBe(2);
  });

  test("tokens from the prompts where they follow from the inputs, and not elsewhere", () => {
    const short = estimateOf(planOf([map(lines, [{ ...ask, prompt: "${{ item.text }}" }])], "a\nb")).tokens;
    const long = estimateOf(
      planOf(
        [map(lines, [{ ...ask, prompt: "${{ item.text }}" }])],
        `${"a".repeat(4000)}\n${"b".repeat(4000)}`,
      ),
    ).tokens;
    expect(long).toBe((short ?? 0) + 2000);
    expect(estimateOf(planOf([ask, decide])).tokens).toBeNull();
  });

  test("at most a label for the reply to a closed question", () => {
    const open = estimateOf(planOf([ask])).tokens ?? 0;
    const closed = estimateOf(planOf([{ ...ask, options: ["x", "y"] }])).tokens ?? 0;
    expect(open - closed).toBe(96);
  });

  test("a list of a hundred thousand items in a second at most", () => {
    const plan = planOf([map(lines, [{ ...ask, prompt: "${{ item.text }}" }])], "line\n".repeat(100_000));
    const startMs = cpuMs();
    expect(estimateOf(plan).calls).toBe(100_000);
    expect(cpuMs() - startMs).toBeLessThan(1000);
  });
});
