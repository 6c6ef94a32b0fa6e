import { finite, numberAt, numbersOf, valueAt, wholeAt } from "./arguments.ts";
import type { FunctionSpec } from "./arguments.ts";

const MAX_DIGITS = 15;

const digitsAt: typeof wholeAt = (args, place, fallback) =>
  Math.min(MAX_DIGITS, Math.max(0, wholeAt(args, place, fallback)));

/** What rounds to nothing is not less than nothing. */
const unsignedZero = (digits: string): string => (Number(digits) === 0 ? digits.replace("-", "") : digits);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

export const numberFunctions: readonly (readonly [string, FunctionSpec])[] = [
  [
    "sum",
    {
      usage: "sum(list)",
      says: "The sum; nulls are left out.",
      min: 1,
      max: Infinity,
      apply: (args) => finite(sum(numbersOf(args))),
    },
  ],
  [
    "avg",
    {
      usage: "avg(list)",
      says: "The mean; nulls are left out, and nothing at all gives null.",
      min: 1,
      max: Infinity,
      apply: (args) => {
        const numbers = numbersOf(args);
        return finite(sum(numbers) / numbers.length);
      },
    },
  ],
  [
    "min",
    {
      usage: "min(list) or min(a, b)",
      says: "The least number, or null.",
      min: 1,
      max: Infinity,
      apply: (args) => finite(numbersOf(args).reduce((least, number) => Math.min(least, number), Infinity)),
    },
  ],
  [
    "max",
    {
      usage: "max(list) or max(a, b)",
      says: "The greatest number, or null.",
      min: 1,
      max: Infinity,
      apply: (args) => finite(numbersOf(args).reduce((most, number) => Math.max(most, number), -Infinity)),
    },
  ],
  [
    "round",
    {
      usage: "round(x, digits)",
      says: "A number with at most `digits` (0) digits after the point.",
      min: 1,
      max: 2,
      apply: (args) =>
        valueAt(args, 0) === null ? null : finite(Number(numberAt(args, 0).toFixed(digitsAt(args, 1, 0)))),
    },
  ],
  [
    "percent",
    {
      usage: "percent(x, digits)",
      says: "A part of 1 as text, with `digits` (1) digits: `87.3 %`. Null gives null.",
      min: 1,
      max: 2,
      apply: (args) =>
        valueAt(args, 0) === null
          ? null
          : `${unsignedZero((numberAt(args, 0) * 100).toFixed(digitsAt(args, 1, 1)))} %`,
    },
  ],
  [
    "number",
    {
      usage: "number(x)",
      says: "The number that a text says, 1 or 0 for a boolean; else null.",
      min: 1,
      max: 1,
      apply: (args) => {
        const value = valueAt(args, 0);
        if (typeof value === "string" && value.trim() === "") return null;
        return value === null || typeof value === "object" ? null : finite(Number(value));
      },
    },
  ],
];
