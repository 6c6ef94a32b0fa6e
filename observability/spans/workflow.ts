import type { Effect } from "../../coordination/protocol/effect.ts";
import type { DecidedRow } from "../../coordination/protocol/row.ts";
import type { DeliveryFailed } from "../../coordination/protocol/workflow-messages.ts";
import type { Redact } from "../redact.ts";
import { addressOf, type TracedPlan } from "./plan.ts";
import type { StepSpans } from "./steps.ts";

export type StepTurnDeps = {
  readonly steps: StepSpans;
  readonly plan: TracedPlan;
  /** Goes over the sentences of errors. */
  readonly explain: Redact;
};

/** What the turns of the workflow say of the steps. */
export const stepTurns = ({ steps, plan, explain }: StepTurnDeps) => {
  const told = ({ input, effects, atUs }: DecidedRow): void => {
    // Where the task knows the right answer, or how to find it, a step waits on until that is on record.
    const end = (step: string): void => {
      if (!effects.some((effect) => isCheckOf(effect, step))) steps.end(step, atUs);
    };
    switch (input.type) {
      case "task.completed":
        return steps.end(input.step, atUs);
      case "task.failed":
        // A step that waits for no agent any more does not fail by what one says late.
        if (effects.some(isEnd)) steps.fail(input.step, atUs, input.code, explain(input.message));
        return;
      case "decision.settled":
        steps.comeTo(input.outcome.decision, input.outcome.settled ? "settled" : "not-settled");
        return end(input.outcome.decision);
      case "command.completed":
        return end(input.request);
      case "truth.recorded":
        return steps.end(input.decision, atUs);
      case "delivery.failed":
        return lost(input, atUs);
      default:
    }
  };

  const lost = ({ to, code, message }: DeliveryFailed, atUs: number): void => {
    const path = to.split("/").slice(2).join("/");
    if (steps.kindOf(path) === "ask") steps.fail(path, atUs, code, explain(message));
    else steps.tell(path, code === "MAILBOX_FULL" ? "agent.full" : "agent.lost", atUs, explain(message));
  };

  const begins = (effect: Effect, atUs: number): void => {
    if (effect.type === "propose" && effect.entry.type === "decision.opened")
      steps.begin(effect.entry.decision, atUs, "decide");
    if (effect.type === "send" && effect.body.type === "task.assigned")
      steps.begin(effect.body.step, atUs, effect.body.decision === undefined ? "ask" : "decide");
  };

  /** Whether the run ends with this turn although steps were left to do. */
  const breaksOff = ({ input, effects }: DecidedRow): boolean => {
    const end = effects.find(isEnd);
    if (end?.outcome !== "not-settled") return end !== undefined && end.outcome !== "done";
    if (input.type !== "decision.settled" || input.outcome.settled) return false;
    return plan.steps.get(addressOf(input.outcome.decision))?.mustSettle === true;
  };

  return {
    turn: (row: DecidedRow): void => {
      told(row);
      for (const effect of row.effects) begins(effect, row.atUs);
    },
    /** After all else that a turn says: ends what waits for nothing. */
    settle: (row: DecidedRow): void => {
      if (!breaksOff(row)) steps.settle(row.atUs);
    },
  };
};

const isEnd = (effect: Effect): effect is Extract<Effect, { readonly type: "endRun" }> =>
  effect.type === "endRun";

/** Whether an effect looks for the truth about a step. */
const isCheckOf = (effect: Effect, step: string): boolean => {
  if (effect.type === "runCommand") return effect.request === step;
  return (
    effect.type === "propose" && effect.entry.type === "decision.graded" && effect.entry.decision === step
  );
};
