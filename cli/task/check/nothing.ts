import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";

/** Limits of which 0 leaves nothing. Memory is none: a task whose models are all elsewhere needs none here. */
const limits: ReadonlySet<string> = new Set([
  "tokens",
  "turns",
  "wall",
  "deadline",
  "timeout",
  "attemptTimeout",
  "firstByteTimeout",
  "idleTimeout",
]);

/** Warns of limits of 0: what stands under one is over before it has begun. `path`: that of the part of a task that they stand in. */
export const limitsOfNothing = (part: object | string | undefined, path: TaskPath): readonly Finding[] =>
  typeof part !== "object"
    ? []
    : Object.entries(part).flatMap(([key, value]: [string, unknown]) =>
        limits.has(key) && isNothing(value)
          ? [finding([...path, key], `nothing can be done under \`${key}\` of ${String(value)}`, hint)]
          : [],
      );

const hint = "write what it may take at most, or leave it out";

const isNothing = (value: unknown): boolean =>
  value === 0 || (typeof value === "string" && /^0+(?:\.0+)?[A-Za-z]*$/.test(value));
