import type { PlanStep } from "./plan.ts";

/** A step of the plan and where it stands. Addresses are paths without item numbers: `triage/severity`. */
export type Place = {
  readonly address: string;
  readonly step: PlanStep;
  /** Address of the map or parallel step around it; `""` for the top level. */
  readonly parent: string;
};

/** Every step of a plan by its address. */
export type Outline = ReadonlyMap<string, Place>;

export const outlineOf = (steps: readonly PlanStep[]): Outline => {
  const places = new Map<string, Place>();
  const visit = (siblings: readonly PlanStep[], parent: string): void => {
    for (const step of siblings) {
      const address = parent === "" ? step.id : `${parent}/${step.id}`;
      places.set(address, { address, step, parent });
      visit(innerSteps(step), address);
    }
  };
  visit(steps, "");
  return places;
};

/** The steps inside a step. */
export const innerSteps = (step: PlanStep): readonly PlanStep[] =>
  step.type === "map" || step.type === "parallel" ? step.steps : [];

/** `triage[17]/severity` names the step `triage/severity`. */
export const addressOf = (path: string): string => path.replace(/\[\d+\]/g, "");
