import type { PolicyConfig } from "../../../inference/scheduling/config.ts";
import type { BatchTokens } from "./assumptions.ts";

/** A way to run a workload. */
export type Setup = { readonly name: string; readonly policy: PolicyConfig; readonly batch: BatchTokens };

const SLOTS = [1, 2, 4, 8, 16] as const;
const BATCHES: readonly BatchTokens[] = [128, 512];

export const OURS: Setup = { name: "fair", policy: { type: "fair" }, batch: 512 };
/** One call a model at once: what Ollama does unless told otherwise. */
export const KEEP_ALIVE: Setup = { name: "keep-alive", policy: { type: "keep-alive", slots: 1 }, batch: 512 };

/** Shown beside the goals. */
export const OTHERS: readonly Setup[] = [
  { name: "fifo", policy: { type: "fifo" }, batch: 512 },
  { name: "round-robin", policy: { type: "round-robin" }, batch: 512 },
  KEEP_ALIVE,
  { name: "keep-alive, 4 slots", policy: { type: "keep-alive", slots: 4 }, batch: 512 },
];

const lru = (overtaking: boolean): readonly Setup[] =>
  BATCHES.flatMap((batch) =>
    SLOTS.map((slots) => ({
      name: `lru${overtaking ? ", overtaking" : ""}, ${slots} slots, batch ${batch}`,
      policy: { type: "lru", slots, overtaking },
      batch,
    })),
  );

/** The best of these is the one to beat. */
export const LRU: readonly Setup[] = lru(false);
/** May let a model wait until all others are done: faster, and no baseline for anyone who waits. */
export const LRU_OVERTAKING: readonly Setup[] = lru(true);
