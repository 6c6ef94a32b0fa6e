import type { PlanStep, RunPlan } from "../../actors/workflow/plan.ts";
import { agent, decide, planOf } from "../support/plans.ts";
import type { Random } from "./random.ts";

/** A plan of every step kind, its sizes by seed. Its outputs are a function of the models' true answers. */
export const stormyPlan = (random: Random): RunPlan => {
  const items = Array.from({ length: 1 + random.below(6) }, (_, index) => `item ${index}`);
  const label: PlanStep = {
    id: "label",
    type: "ask",
    agent: "ann",
    prompt: "Label ${{ it }}",
    options: ["red", "green", "blue"],
  };
  const verdict = decide("verdict", {
    question: "Keep it?",
    evidence: "${{ it }} is ${{ steps.label.output }}",
    rule: random.chance(0.5) ? "logodds" : "majority",
    tier: random.chance(0.5) ? "standard" : "routine",
  });
  const steps: readonly PlanStep[] = [
    {
      id: "all",
      type: "map",
      over: "${{ inputs.items }}",
      as: "it",
      concurrency: 1 + random.below(4),
      steps: [label, verdict],
    },
    { id: "both", type: "parallel", steps: [ask("left", "ann"), ask("right", "bob")] },
    {
      id: "ranked",
      type: "group",
      over: "${{ steps.all.items }}",
      as: "item",
      by: "${{ item.steps.label.output }}",
      order: [{ by: "${{ group.key }}", direction: "asc" }],
    },
    { ...ask("rare", "cid"), if: "${{ len(steps.ranked.groups) > 1 }}" },
  ];
  return planOf(steps, {
    name: "storm",
    inputs: { items: { type: "value", value: items } },
    agents: {
      ann: agent("ann", { attempts: 6 }),
      bob: agent("bob", { attempts: 6 }),
      cid: agent("cid", { attempts: 6 }),
    },
    outputs: {
      labels: { type: "value", value: "${{ steps.all.items }}" },
      groups: { type: "value", value: "${{ pluck(steps.ranked.groups, 'key') }}" },
      sides: { type: "value", value: ["${{ steps.left.output }}", "${{ steps.right.output }}"] },
    },
  });
};

const ask = (id: string, who: string): PlanStep => ({ id, type: "ask", agent: who, prompt: `Say ${id}` });
