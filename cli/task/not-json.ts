import type { TaskPath } from "./finding.ts";
import { MAX_YAML_DEPTH } from "./limits.ts";

/** What in a value is no JSON, each with its path: `JSON.stringify` would leave it out, change it, or throw. */
export const notJson = (
  value: unknown,
  path: TaskPath = [],
  around: readonly unknown[] = [],
): readonly string[] => {
  const flaw = flawOf(value, path, around);
  if (flaw !== undefined) return [`${nameOf(path)} ${flaw}`];
  if (typeof value !== "object" || value === null || "toJSON" in value) return [];
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : // A member that is undefined is one that is not there.
      Object.entries(value).filter(([, member]) => member !== undefined);
  return members.flatMap(([key, member]) => notJson(member, [...path, key], [...around, value]));
};

const flawOf = (value: unknown, path: TaskPath, around: readonly unknown[]): string | undefined => {
  switch (typeof value) {
    case "bigint":
      return "is a BigInt";
    case "function":
    case "symbol":
      return `is a ${typeof value}`;
    case "undefined":
      return "is undefined";
    case "number":
      return Number.isFinite(value) ? undefined : `is ${value}`;
    case "object":
      if (around.includes(value)) return "holds itself";
      if (path.length >= MAX_YAML_DEPTH) return `is nested more than ${MAX_YAML_DEPTH} deep`;
      return value === null || Array.isArray(value) || "toJSON" in value ? undefined : foreign(value);
    default:
      return undefined;
  }
};

/** A Map, a Set and the like show no members. */
const foreign = (value: object): string | undefined => {
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return kind === "Object" ? undefined : `is a ${kind}`;
};

const nameOf = (path: TaskPath): string =>
  path.length === 0
    ? "the task"
    : path
        .map((key, place) => {
          if (typeof key === "number") return `[${key}]`;
          if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
          return place === 0 ? key : `.${key}`;
        })
        .join("");
