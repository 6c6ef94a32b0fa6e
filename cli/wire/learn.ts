import { systemClock } from "../../actors/runtime/clock.ts";
import { outlineOf } from "../../actors/workflow/outline.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { marksOf } from "../../coordination/decision/marks.ts";
import { decisionsActor, type RunId } from "../../coordination/protocol/ids.ts";
import { decisionsIn } from "../../observability/decisions.ts";
import type { Records } from "./create.ts";

/**
 * Takes the truths that stand in a run's record into the ledger. To be called when the rows are on disk and nobody adds to them; what is
 * in the ledger already is passed over, so a process that died in between loses nothing: the next one that touches the run does it.
 */
export const learnFrom = ({ log, ledger }: Records, run: RunId, plan: RunPlan): void => {
  if (!gradesItself(plan)) return;
  const decisions = decisionsIn(log.read(run, { actor: decisionsActor })).values();
  const marks = [...decisions].flatMap(({ opened, outcome, truth }) =>
    outcome === undefined || truth === undefined ? [] : marksOf(run, opened, outcome, truth),
  );
  if (marks.length > 0) ledger.add(marks, "task", systemClock().nowUs());
};

const gradesItself = ({ steps }: RunPlan): boolean =>
  [...outlineOf(steps).values()].some(({ step }) => step.type === "decide" && step.truth !== undefined);
