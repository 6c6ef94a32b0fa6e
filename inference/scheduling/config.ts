import type { BudgetLimits, Price } from "../budget.ts";
import type { Footprint } from "./memory.ts";

export type FairConfig = {
  /** How long models that are in use stay while others wait for their memory. */
  readonly quantumMs: number;
  /** How long calls may still run once their model has to leave; then they are paused. */
  readonly drainMs: number;
  /** How long models that are not in use stay while others wait: their agents may be about to ask again. */
  readonly lingerMs: number;
  /** How long to wait before models change, to see all that is asked for at about the same time. */
  readonly gatherMs: number;
};

/** How the models of a run share the memory and the engine. */
export type PolicyConfig =
  /** Agents get equal parts of each model; models that do not fit together take turns. */
  | ({ readonly type: "fair" } & Partial<FairConfig>)
  /** The request that came first goes first, and all others wait with it. */
  | { readonly type: "fifo"; readonly slots?: number }
  /** The agent that was served the fewest tokens goes first. */
  | { readonly type: "round-robin"; readonly slots?: number }
  /**
   * As in Ollama: in order of arrival; a model that nobody uses leaves after a while, or when another needs its memory.
   */
  | { readonly type: "keep-alive"; readonly slots?: number; readonly keepAliveMs?: number }
  /** In order of arrival; the model that was used longest ago leaves when another needs its memory. */
  | { readonly type: "lru"; readonly slots?: number; readonly overtaking?: boolean };

export type ModelConfig = {
  /** The most calls that may be in flight, and so the most sequences of its context. */
  readonly concurrency: number;
  /** How many agents use it: it is loaded with a sequence for each of them, where they fit. Default: 1. */
  readonly agents?: number;
  /** What it takes of the memory. Absent: it is always there. */
  readonly footprint?: Footprint;
  /** What of the memory it holds if it is always there. Default: nothing. */
  readonly pinnedBytes?: number;
  /** Absent: it costs nothing. */
  readonly price?: Price;
  /** How often the model itself tries at most where each try may cost; absent: once. */
  readonly tries?: number;
  /** Whether the engine can stop a call at a token and go on with it later. Default: no. */
  readonly pausable?: boolean;
};

/** What models that never leave hold of the memory, all together. */
export const pinnedBytes = ({ models }: SchedulerConfig): number =>
  Object.values(models).reduce((sum, { pinnedBytes: bytes = 0 }) => sum + bytes, 0);

export type SchedulerConfig = {
  /** By the names of the plan. */
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly budget: BudgetLimits;
  /** Bytes that all models together may take. Default: no bound. */
  readonly memoryBytes?: number;
  /** Default: fair. */
  readonly policy?: PolicyConfig;
  /** Parts of the service by agent; 1 where it says nothing. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Tokens that what an agent recalls of its earlier steps may take, by agent; none where it says nothing. */
  readonly recallTokens?: Readonly<Record<string, number>>;
  /** Requests of one agent that may wait for one model; above it they fail as OVERLOADED. */
  readonly maxQueued?: number;
};
