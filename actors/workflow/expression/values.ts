import { canonical } from "../../../coordination/protocol/json.ts";
import type { Json } from "../../../coordination/protocol/json.ts";

/** Longest text that an expression may make. */
export const MAX_TEXT_CHARS = 16 * 1024 * 1024;
/** Longest list that an expression may make. */
export const MAX_LIST_ITEMS = 4_000_000;

export type JsonObject = { readonly [key: string]: Json };

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

export const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The rule of `if`, `&&`, `||`, `!` and `?`: null, false, 0, the empty text and the empty list are false. */
export const isTrue = (value: Json): boolean =>
  isList(value) ? value.length > 0 : value !== null && value !== false && value !== 0 && value !== "";

/** A value as it is written into text; null writes nothing. */
export const textOf = (value: Json): string => {
  if (value === null) return "";
  return typeof value === "string"
    ? value
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
};

/** What `value.key` or `value[key]` is: own members only, so nothing of a prototype is in reach; null where there is none. */
export const memberOf = (value: Json, key: Json): Json => {
  if (isList(value)) return typeof key === "number" ? (value[key] ?? null) : null;
  if (typeof key !== "string" || !isObject(value) || !Object.hasOwn(value, key)) return null;
  return value[key] ?? null;
};

/** Follows a dotted path, for instance `steps.verdict.ballots.0`. */
export const follow = (value: Json, path: string): Json => {
  let found = value;
  for (const key of path.split("."))
    found = memberOf(found, isList(found) && /^\d+$/.test(key) ? Number(key) : key);
  return found;
};

export const areEqual = (left: Json, right: Json): boolean => {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  return canonical(left) === canonical(right);
};

/** A total order over all values: null, booleans, numbers, texts (by code unit), then the rest by canonical form. */
export const compareAny = (left: Json, right: Json): number => {
  const rank = rankOf(left) - rankOf(right);
  if (rank !== 0) return rank;
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "object" || typeof right === "object")
    return compareText(canonical(left), canonical(right));
  return compareText(String(left), String(right));
};

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const rankOf = (value: Json): number => {
  if (value === null) return 0;
  switch (typeof value) {
    case "boolean":
      return 1;
    case "number":
      return 2;
    case "string":
      return 3;
    default:
      return 4;
  }
};

/** "a list", "the number 3": how a message names what it got. */
export const describeValue = (value: Json): string => {
  if (value === null) return "null";
  if (isList(value)) return "a list";
  switch (typeof value) {
    case "number":
      return `the number ${value}`;
    case "string":
      return "a text";
    case "boolean":
      return String(value);
    default:
      return "an object";
  }
};
