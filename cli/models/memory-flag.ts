import type { RunPlan } from "../../actors/workflow/plan.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { memoryBytesOf, sizePattern } from "../task/units.ts";

export type MemoryFlags = { readonly vram?: string };

/** The plan with the memory that the command line grants, where it grants some. Throws `BAD_USAGE`. */
export const withMemory = (plan: RunPlan, { vram }: MemoryFlags): RunPlan => {
  if (vram === undefined) return plan;
  if (!sizePattern.test(vram))
    throw new SwarmError("BAD_USAGE", `--vram ${vram} is no size; write for instance 8GB or 512MB`);
  return { ...plan, memoryBytes: memoryBytesOf(vram) };
};
