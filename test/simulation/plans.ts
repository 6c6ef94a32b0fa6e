import type { DecideStep, ModelSpec, PlanStep, RunPlan } from "../../actors/workflow/plan.ts";
import { agent, decide, planOf } from "../support/plans.ts";
import { moot, silentModel } from "./model.ts";
import type { Random } from "./random.ts";

/** A plan of every step kind, its sizes by seed. Its outputs are a function of the models' true answers. */
export const stormyPlan = (random: Random): RunPlan => {
  // A voter that never answers: only the deadline closes its decisions.
  const isSilent = random.chance(0.2);
  const deadlineMs = isSilent || random.chance(0.2) ? 100 + random.below(3_000) : 300_000;
  const items = Array.from({ length: 1 + random.below(6) }, (_, index) => `item ${index}`);
  const label: PlanStep = {
    id: "label",
    type: "ask",
    agent: "ann",
    prompt: "Label ${{ it }}",
    options: ["red", "green", "blue"],
  };
  const verdict = decide("verdict", {
    question: moot,
    evidence: "${{ it }} is ${{ steps.label.output }}",
    rule: rules[random.below(rules.length)] ?? "majority",
    tier: random.chance(0.5) ? "standard" : "routine",
    deadlineMs,
    rounds: random.below(3),
    ...escalation(random),
    truth: "${{ steps.label.output == 'blue' && 'no' || 'yes' }}",
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
    { ...ask("rare", isSilent ? "bob" : "cid"), if: "${{ len(steps.ranked.groups) > 1 }}" },
    ...(random.chance(0.3) ? [decide("last", { deadlineMs, truth: "yes" })] : []),
  ];
  return planOf(steps, {
    name: "storm",
    inputs: { items: { type: "value", value: items } },
    models: { m: scripted, n: scripted, [silentModel]: scripted },
    agents: {
      ann: agent("ann", { attempts: 6 }),
      bob: agent("bob", { attempts: 6, model: "n" }),
      cid: agent("cid", { attempts: 6, model: isSilent ? silentModel : "m" }),
      dee: agent("dee", { attempts: 6 }),
    },
    outputs: {
      labels: { type: "value", value: "${{ steps.all.items }}" },
      groups: { type: "value", value: "${{ pluck(steps.ranked.groups, 'key') }}" },
      sides: { type: "value", value: ["${{ steps.left.output }}", "${{ steps.right.output }}"] },
    },
  });
};

const rules = ["logodds", "majority", "unanimity", "approval", "ranked"] as const;

/** Where a decision goes that does not settle: nowhere, to the judge, or to a person. It never fails the run: the checks want every item. */
const escalation = (random: Random): Partial<DecideStep> => {
  const die = random.below(4);
  if (die === 0) return { rule: "judge", judge: "dee" };
  if (die === 1) return { escalate: "judge", judge: "dee" };
  return die === 2 ? { escalate: "human" } : {};
};

const scripted: ModelSpec = { provider: "scripted", replies: [{ text: "yes" }] };

const ask = (id: string, who: string): PlanStep => ({ id, type: "ask", agent: who, prompt: `Say ${id}` });
