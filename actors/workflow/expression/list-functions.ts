import { canonical } from "../../../coordination/protocol/json.ts";
import type { Json } from "../../../coordination/protocol/json.ts";
import { ArgumentError, boundedList, listAt, textAt, valueAt, wholeAt } from "./arguments.ts";
import type { FunctionSpec } from "./arguments.ts";
import {
  MAX_TEXT_CHARS,
  areEqual,
  compareAny,
  describeValue,
  follow,
  isList,
  isObject,
  textOf,
} from "./values.ts";

const lengthOf = (value: Json): number => {
  if (value === null) return 0;
  if (typeof value === "string" || isList(value)) return value.length;
  if (isObject(value)) return Object.keys(value).length;
  throw new ArgumentError(`${describeValue(value)} has no length`);
};

const join = (list: readonly Json[], separator: string): string => {
  const parts = list.map(textOf);
  // Counted first: the bound must hold before the text is made.
  const chars = parts.reduce((total, part) => total + part.length + separator.length, 0);
  if (chars > MAX_TEXT_CHARS + separator.length)
    throw new ArgumentError(`the text would be longer than ${MAX_TEXT_CHARS} characters`);
  return parts.join(separator);
};

const unique = (list: readonly Json[]): readonly Json[] => {
  const seen = new Set<string>();
  return list.filter((item) => {
    const key = canonical(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

const slice = (value: Json, from: number, to: number | undefined): Json => {
  if (value === null) return null;
  if (typeof value === "string" || isList(value)) return value.slice(from, to);
  throw new ArgumentError(`only a text or a list can be sliced, not ${describeValue(value)}`);
};

const at = (value: Json, place: number): Json => {
  if (value === null) return null;
  if (typeof value === "string" || isList(value)) return value.at(place) ?? null;
  throw new ArgumentError(`argument 1 must be a list, not ${describeValue(value)}`);
};

const holds = (whole: Json, part: Json): boolean => {
  if (isList(whole)) return whole.some((item) => areEqual(item, part));
  if (isObject(whole)) return typeof part === "string" && Object.hasOwn(whole, part);
  return textOf(whole).includes(textOf(part));
};

/** What `in` and `contains` ask: an item of a list, a key of an object, or a part of a text. */
export const contains = (whole: Json, part: Json): boolean => whole !== null && holds(whole, part);

const concat = (args: readonly Json[]): readonly Json[] => {
  const items: Json[] = [];
  for (const [place, arg] of args.entries()) {
    const list = arg === null || isList(arg) ? listAt(args, place) : [arg];
    for (const item of list) items.push(item);
    boundedList(items);
  }
  return items;
};

/** What is at a path; the empty one means the item itself. */
const pathIn = (item: Json, path: string): Json => (path === "" ? item : follow(item, path));

const sort = (args: readonly Json[]): Json => {
  const path = textAt(args, 1);
  const keyOf = (item: Json): Json => pathIn(item, path);
  return listAt(args, 0).toSorted((left, right) => compareAny(keyOf(left), keyOf(right)));
};

/** The items of a list that have the value at the path. */
const matching = (args: readonly Json[]): readonly Json[] => {
  const path = textAt(args, 1);
  return listAt(args, 0).filter((item) => areEqual(pathIn(item, path), valueAt(args, 2)));
};

export const listFunctions: readonly (readonly [string, FunctionSpec])[] = [
  [
    "len",
    {
      usage: "len(x)",
      says: "Items of a list, characters of a text, keys of an object; 0 for null.",
      min: 1,
      max: 1,
      apply: (args) => lengthOf(valueAt(args, 0)),
    },
  ],
  [
    "first",
    {
      usage: "first(list)",
      says: "The first item (or character), or null.",
      min: 1,
      max: 1,
      apply: (args) => at(valueAt(args, 0), 0),
    },
  ],
  [
    "last",
    {
      usage: "last(list)",
      says: "The last item (or character), or null.",
      min: 1,
      max: 1,
      apply: (args) => at(valueAt(args, 0), -1),
    },
  ],
  [
    "slice",
    {
      usage: "slice(x, from, to)",
      says: "Part of a list or text, from 0, `to` left out or excluded; negative places count from the end.",
      min: 2,
      max: 3,
      apply: (args) =>
        slice(valueAt(args, 0), wholeAt(args, 1), valueAt(args, 2) === null ? undefined : wholeAt(args, 2)),
    },
  ],
  [
    "indexOf",
    {
      usage: "indexOf(list, value)",
      says: "The first place of a value, from 0; -1 if it is not there. Handy to rank words: `indexOf(['low', 'high'], x)`.",
      min: 2,
      max: 2,
      apply: (args) => listAt(args, 0).findIndex((item) => areEqual(item, valueAt(args, 1))),
    },
  ],
  [
    "contains",
    {
      usage: "contains(x, part)",
      says: "The same as `part in x`: an item of a list, a key of an object, a part of a text.",
      min: 2,
      max: 2,
      apply: (args) => contains(valueAt(args, 0), valueAt(args, 1)),
    },
  ],
  [
    "pluck",
    {
      usage: "pluck(list, 'path.to')",
      says: "What is found at the path in each item.",
      min: 2,
      max: 2,
      apply: (args) => listAt(args, 0).map((item) => pathIn(item, textAt(args, 1))),
    },
  ],
  [
    "count",
    {
      usage: "count(list, 'path', value)",
      says: "How many items have this value at the path; the empty path means the item itself.",
      min: 3,
      max: 3,
      apply: (args) => matching(args).length,
    },
  ],
  [
    "filter",
    {
      usage: "filter(list, 'path', value)",
      says: "The items that have this value at the path; the empty path means the item itself.",
      min: 3,
      max: 3,
      apply: matching,
    },
  ],
  [
    "unique",
    {
      usage: "unique(list)",
      says: "The list without repetitions.",
      min: 1,
      max: 1,
      apply: (args) => unique(listAt(args, 0)),
    },
  ],
  [
    "sort",
    {
      usage: "sort(list, 'path')",
      says: "Ascending, by the value at the path if one is given; equal items keep their order.",
      min: 1,
      max: 2,
      apply: sort,
    },
  ],
  [
    "concat",
    {
      usage: "concat(list, …)",
      says: "The lists one after the other; what is no list counts as one item.",
      min: 1,
      max: Infinity,
      apply: concat,
    },
  ],
  [
    "join",
    {
      usage: "join(list, separator)",
      says: "The items as one text, `, ` between them unless told otherwise.",
      min: 1,
      max: 2,
      apply: (args) => join(listAt(args, 0), valueAt(args, 1) === null ? ", " : textAt(args, 1)),
    },
  ],
  [
    "keys",
    {
      usage: "keys(object)",
      says: "The keys of an object, sorted.",
      min: 1,
      max: 1,
      apply: (args) => {
        const value = valueAt(args, 0);
        if (value === null) return [];
        if (!isObject(value))
          throw new ArgumentError(`argument 1 must be an object, not ${describeValue(value)}`);
        return Object.keys(value).toSorted();
      },
    },
  ],
];
