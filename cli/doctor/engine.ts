import type { RunPlan } from "../../actors/workflow/plan.ts";
import { LABELS } from "../../inference/voters/prompt.ts";
import { identifyModels, voterShelf } from "../wire/identify.ts";
import { openModels } from "../wire/models.ts";
import { failure, ok, type Finding } from "./finding.ts";

/** A cold start of the engine takes well under a second; a slow disk gets its time. */
const patienceMs = 30_000;
const line = "kernel: EXT4-fs error (device sda1): ext4_find_entry: reading directory lblock 0";

/** Whether the engine starts in its own process, loads a model that ships, and labels a line. Throws where models are missing. */
export const engineFinding = async (): Promise<Finding> => {
  const startMs = performance.now();
  const models = await openModels(
    { plan, models: await identifyModels(plan, voterShelf()) },
    { cores: 1, seed: 0, environment: () => undefined },
  );
  try {
    const request = {
      model,
      agent: "doctor",
      lines: [{ role: "user" as const, content: line }],
      options: LABELS.severity,
      maxTokens: 8,
      temperature: 0,
    };
    const outcome = await models.byName[model]?.infer(request, AbortSignal.timeout(patienceMs));
    if (outcome?.type !== "reply")
      return failure("engine", outcome?.failure.message ?? "no model", engineTodo);
    return ok(
      "engine",
      `labelled a line in ${(performance.now() - startMs).toFixed(0)} ms, its start included`,
    );
  } finally {
    await models.close();
  }
};

export const engineTodo = "install swarm again on this very platform, without leaving optional packages out";

const model = "generalist";
const plan: RunPlan = {
  version: 1,
  name: "doctor",
  inputs: {},
  models: { [model]: { provider: "voter", voter: "generalist" } },
  agents: {},
  steps: [],
  outputs: {},
  budget: {},
  coordinators: 3,
};
