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
  agent: new Set(["output", "tools"]),
  none: new Set<string>(),
} as const;

export const notYet = (what: string): string => `${what} is not supported yet by this version`;

export const isUnsupportedKey = (parent: TaskPath, key: string): boolean => keys[placeKind(parent)].has(key);

const placeKind = (path: TaskPath): keyof typeof keys => {
  const last = path.at(-1);
  const before = path.at(-2);
  if (path.length === 0) return "task";
  if (path.length === 2 && path[0] === "agents") return "agent";
  if (typeof last === "number" && (before === "workflow" || before === "do" || before === "parallel"))
    return "step";
  return "none";
};
