import type { AgentSpec, DecideStep, PlanStep, RunPlan } from "../../actors/workflow/plan.ts";

/** An agent on the model `m`. */
export const agent = (name: string, more: Partial<AgentSpec> = {}): AgentSpec => ({
  name,
  role: `role of ${name}`,
  model: "m",
  maxTokens: 16,
  attempts: 2,
  ...more,
});

export const decide = (id: string, more: Partial<DecideStep> = {}): DecideStep => ({
  id,
  type: "decide",
  question: "Which?",
  options: ["yes", "no"],
  voters: ["ann", "bob", "cid"],
  evidence: "",
  domain: "general",
  rule: "majority",
  tier: "routine",
  thresholdPpm: 670_000,
  deadlineMs: 300_000,
  ...more,
});

/** A plan with the agents ann, bob and cid on one scripted model. */
export const planOf = (steps: readonly PlanStep[], more: Partial<RunPlan> = {}): RunPlan => ({
  version: 1,
  name: "test",
  inputs: {},
  models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
  agents: { ann: agent("ann"), bob: agent("bob"), cid: agent("cid") },
  steps,
  outputs: {},
  budget: {},
  coordinators: 3,
  ...more,
});
