import { finding } from "../finding.ts";
import type { Finding, TaskPath } from "../finding.ts";
import { notYet } from "../unsupported.ts";

const SECRET = /\$\{env:[^}]*\}?/;

/** Secrets are refused everywhere so far: nothing that a task says may end up in a record with one in it. */
export const checkSecrets = (value: unknown, path: TaskPath): readonly Finding[] => {
  if (typeof value === "string") {
    const found = SECRET.exec(value);
    return found === null
      ? []
      : [
          finding(path, notYet("a secret from the environment (${env:NAME})"), undefined, {
            offset: found.index,
            length: found[0].length,
          }),
        ];
  }
  if (typeof value !== "object" || value === null) return [];
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return members.flatMap(([key, member]) => checkSecrets(member, [...path, key]));
};
