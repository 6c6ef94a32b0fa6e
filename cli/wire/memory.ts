import type { RunPlan } from "../../actors/workflow/plan.ts";
import { usableBytes } from "../../inference/footprint.ts";
import { voterBytes } from "../../inference/voters/footprint.ts";

/** Memory that models share where a task says nothing: that of the GPUs that many people have. */
const USUAL_MEMORY_BYTES = 8 * 1024 ** 3;

/** Bytes that all models of a plan may take together. */
export const budgetBytes = ({ memoryBytes }: Pick<RunPlan, "memoryBytes">): number =>
  usableBytes(memoryBytes ?? USUAL_MEMORY_BYTES);

/** Two voters' work fits on two cores; a machine with more is not faster, since the lines wait for one another. */
export const enginesAtMost = 2;

/** What a voter holds of the memory: it is in every engine process, and stays, as bringing it back would cost more than it takes. */
export const pinnedVoterBytes = ({ bytes }: { readonly bytes: number }): number =>
  enginesAtMost * voterBytes(bytes);

/** How many agents use a model; at least one, for whoever is asked for by a template. */
export const agentsOf = ({ agents }: Pick<RunPlan, "agents">, model: string): number =>
  Math.max(1, Object.values(agents).filter((agent) => agent.model === model).length);
