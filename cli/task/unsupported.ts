import type { TaskPath } from "./finding.ts";

/** What `TASK.md` of the design has and this version lacks, by where it would stand. */
const keys = {
  task: new Set(["errors", "finally", "tools", "secrets", "approvals"]),
  step: new Set([
    "branch",
    "loop",
    "approve",
    "tool",
    "debate",
    "task",
    "sleep",
    "set",
    "needs",
    "retry",
    "timeout",
    "onError",
    "output",
    "compensate",
  ]),
  decide: new Set(["quorum"]),
  agent: new Set(["output", "tools", "fallback"]),
  model: new Set(["fallback", "baseUrl", "apiKey", "retry", "timeout"]),
  budget: new Set(["usd"]),
  none: new Set<string>(),
} as const;

const providers = new Set(["openai-compatible"]);

export const notYet = (what: string): string => `${what} is not supported yet by this version`;

export const isUnsupportedKey = (parent: TaskPath, key: string): boolean => keys[placeKind(parent)].has(key);

export const isUnsupportedProvider = (provider: unknown): provider is string =>
  typeof provider === "string" && providers.has(provider);

const placeKind = (path: TaskPath): keyof typeof keys => {
  const last = path.at(-1);
  const before = path.at(-2);
  if (path.length === 0) return "task";
  if (path.length === 2 && path[0] === "agents") return "agent";
  if (path.length === 2 && path[0] === "models") return "model";
  if (path.length === 2 && path[0] === "resources" && last === "budget") return "budget";
  if (typeof last === "number" && (before === "workflow" || before === "do" || before === "parallel"))
    return "step";
  return last === "decide" ? "decide" : "none";
};
