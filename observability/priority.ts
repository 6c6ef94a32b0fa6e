import type { CallPriority } from "../coordination/protocol/diagnostics.ts";

/** How a call stands to the others, by the head start that it asks for. */
export const priorityOf = (priority = 0): CallPriority => {
  if (priority === 0) return "normal";
  return priority > 0 ? "high" : "low";
};
