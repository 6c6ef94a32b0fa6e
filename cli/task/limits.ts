/** What a task file and its inputs may be at most. */
export const MAX_TASK_BYTES = 1024 * 1024;
export const MAX_INPUT_BYTES = 64 * 1024 * 1024;
/** Tokens of YAML. Text costs one however long, so only a file made to hurt has more. */
export const MAX_YAML_TOKENS = 100_000;
export const MAX_YAML_DEPTH = 64;
/** Uses of `*alias`, counted with what they multiply to. */
export const MAX_ALIASES = 100;
/** Problems shown of one file. */
export const MAX_PROBLEMS = 100;

/** What holds where a task file says nothing. */
export const defaults = {
  concurrency: 32,
  attempts: 2,
  maxTokens: 256,
  samples: 5,
  contextTokens: 4096,
  temperature: 0,
  deadlineMs: 5 * 60_000,
  checkMs: 60_000,
  thresholdPpm: 670_000,
  tier: "standard",
  rule: "classwise",
  domain: "general",
  item: "item",
} as const;
