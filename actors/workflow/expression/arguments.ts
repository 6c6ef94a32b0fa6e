import type { Json } from "../../../coordination/protocol/json.ts";
import { MAX_LIST_ITEMS, MAX_TEXT_CHARS, describeValue, isList, textOf } from "./values.ts";

/** A function got what it cannot work with; `evaluate` adds the place. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

/** One function of the language. `usage` and `says` also make the reference. */
export type FunctionSpec = {
  readonly usage: string;
  readonly says: string;
  readonly min: number;
  /** Most arguments; `Infinity` for any number. */
  readonly max: number;
  readonly apply: (args: readonly Json[]) => Json;
};

export const valueAt = (args: readonly Json[], place: number): Json => args[place] ?? null;

/** A missing list counts as an empty one. */
export const listAt = (args: readonly Json[], place: number): readonly Json[] => {
  const value = valueAt(args, place);
  if (value === null) return [];
  if (isList(value)) return value;
  throw new ArgumentError(`argument ${place + 1} must be a list, not ${describeValue(value)}`);
};

/** Anything but a list or object counts as text; null as the empty one. */
export const textAt = (args: readonly Json[], place: number): string => {
  const value = valueAt(args, place);
  if (typeof value === "object" && value !== null)
    throw new ArgumentError(`argument ${place + 1} must be a text, not ${describeValue(value)}`);
  return textOf(value);
};

export const numberAt = (args: readonly Json[], place: number, fallback?: number): number => {
  const value = valueAt(args, place);
  if (typeof value === "number") return value;
  if (value === null && fallback !== undefined) return fallback;
  throw new ArgumentError(`argument ${place + 1} must be a number, not ${describeValue(value)}`);
};

export const wholeAt = (args: readonly Json[], place: number, fallback?: number): number =>
  Math.trunc(numberAt(args, place, fallback));

/** Numbers of a list, or of the arguments themselves; nulls are left out. */
export const numbersOf = (args: readonly Json[]): readonly number[] => {
  const values = args.length === 1 && !isNumber(valueAt(args, 0)) ? listAt(args, 0) : args;
  return values
    .filter((value) => value !== null)
    .map((value) => {
      if (isNumber(value)) return value;
      throw new ArgumentError(`only numbers can be reckoned with, not ${describeValue(value)}`);
    });
};

const isNumber = (value: Json): value is number => typeof value === "number";

export const boundedText = (text: string): string => {
  if (text.length > MAX_TEXT_CHARS)
    throw new ArgumentError(`the text would be longer than ${MAX_TEXT_CHARS} characters`);
  return text;
};

export const boundedList = (list: readonly Json[]): readonly Json[] => {
  if (list.length > MAX_LIST_ITEMS)
    throw new ArgumentError(`the list would have more than ${MAX_LIST_ITEMS} items`);
  return list;
};

/** What JSON cannot say (infinities, not a number) becomes null. */
export const finite = (value: number): Json => (Number.isFinite(value) ? value : null);
