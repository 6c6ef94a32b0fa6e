import { countOf } from "../count-text.ts";
import { innerSteps } from "../../actors/workflow/outline.ts";
import type { PlanStep } from "../../actors/workflow/plan.ts";
import { describeStep } from "./describe-step.ts";
import type { PlanEstimate, StepEstimate } from "./estimate.ts";

/** The steps as an indented graph: what stands below another at the same depth comes after it, or beside it in `parallel`. */
export const stepGraph = (steps: readonly PlanStep[], estimate: PlanEstimate): string => {
  const lines: string[] = [];
  const visit = (
    siblings: readonly PlanStep[],
    parent: string,
    indent: string,
    isParallel: boolean,
  ): void => {
    for (const [index, step] of siblings.entries()) {
      const isLast = index === siblings.length - 1;
      const address = parent === "" ? step.id : `${parent}/${step.id}`;
      const { id, kind, what, notes } = describeStep(step);
      const branch = isParallel ? (isLast ? "╚═" : "╠═") : isLast ? "└─" : "├─";
      const words = [
        `${indent}${branch} ${id}: ${kind} ${what}`,
        ...notes,
        ...costWords(step, estimate.steps.get(address)),
      ];
      lines.push(words.join(" · "));
      visit(
        innerSteps(step),
        address,
        `${indent}${isLast ? "   " : isParallel ? "║  " : "│  "}`,
        step.type === "parallel",
      );
    }
  };
  visit(steps, "", "", false);
  return lines.join("\n");
};

const costWords = (step: PlanStep, cost: StepEstimate | undefined): readonly string[] => {
  if (cost === undefined) return [];
  if (step.type === "map")
    return [cost.items === null ? "items known when it runs" : countOf(cost.items, "item")];
  if (step.type !== "ask" && step.type !== "decide") return [];
  return [cost.calls === null ? "calls known when it runs" : countOf(cost.calls, "call")];
};
