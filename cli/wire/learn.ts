import { systemClock } from "../../actors/runtime/clock.ts";
import { outlineOf } from "../../actors/workflow/outline.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { breaksOf } from "../../coordination/decision/marks.ts";
import { lessonsOf } from "../../coordination/decision/team.ts";
import { decisionsActor, type RunId } from "../../coordination/protocol/ids.ts";
import { decisionsIn } from "../../observability/decisions.ts";
import type { Records } from "./create.ts";

/**
 * Takes what a run's record says about its agents into the ledger: the truths that the task knew, and who broke the protocol. To be called when the rows
 * are on disk and nobody adds to them. What is in the ledger already is passed over, so a process that died in between loses
 * nothing: the next one that touches the run does it.
 */
export const learnFrom = ({ log, ledger }: Records, run: RunId, plan: RunPlan): void => {
  if (!decides(plan)) return;
  const decisions = decisionsIn(log.read(run, { actor: decisionsActor })).values();
  const marks = [...decisions].flatMap(({ opened, outcome, truth }) => {
    if (outcome === undefined) return [];
    if (truth === undefined) return breaksOf(run, opened, outcome);
    return lessonsOf(run, opened, outcome, truth);
  });
  if (marks.length > 0) ledger.add(marks, "task", systemClock().nowUs());
};

const decides = ({ steps }: RunPlan): boolean =>
  [...outlineOf(steps).values()].some(({ step }) => step.type === "decide");
