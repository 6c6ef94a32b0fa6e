import { boundedList, boundedText, textAt, valueAt, wholeAt } from "./arguments.ts";
import type { FunctionSpec } from "./arguments.ts";
import { shapeOf } from "./shape.ts";
import { textOf } from "./values.ts";

/** Escapes what Markdown would read as markup, and makes one line of it, so that it is safe inline and in a table cell. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]<>|~#!]/g, (character) =>
      character === "<" ? "&lt;" : character === ">" ? "&gt;" : `\\${character}`,
    )
    .replace(/[\r\n\t]+/g, " ")
    // Terminal escapes and other control characters have no place in a report.
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

const clip = (text: string, chars: number): string => {
  if (text.length <= chars) return text;
  const cut = text.slice(0, Math.max(0, chars - 1));
  // Half of a surrogate pair is no character.
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
};

export const textFunctions: readonly (readonly [string, FunctionSpec])[] = [
  [
    "split",
    {
      usage: "split(text, separator)",
      says: "The parts of a text; by lines unless told otherwise.",
      min: 1,
      max: 2,
      apply: (args) =>
        boundedList(
          valueAt(args, 1) === null ? textAt(args, 0).split(/\r?\n/) : textAt(args, 0).split(textAt(args, 1)),
        ),
    },
  ],
  [
    "upper",
    {
      usage: "upper(text)",
      says: "In capitals.",
      min: 1,
      max: 1,
      apply: (args) => textAt(args, 0).toUpperCase(),
    },
  ],
  [
    "lower",
    {
      usage: "lower(text)",
      says: "In small letters.",
      min: 1,
      max: 1,
      apply: (args) => textAt(args, 0).toLowerCase(),
    },
  ],
  [
    "trim",
    {
      usage: "trim(text)",
      says: "Without white space at both ends.",
      min: 1,
      max: 1,
      apply: (args) => textAt(args, 0).trim(),
    },
  ],
  [
    "startsWith",
    {
      usage: "startsWith(text, start)",
      says: "Whether a text starts so.",
      min: 2,
      max: 2,
      apply: (args) => textAt(args, 0).startsWith(textAt(args, 1)),
    },
  ],
  [
    "clip",
    {
      usage: "clip(text, n)",
      says: "At most n characters, the last an ellipsis where something was cut.",
      min: 2,
      max: 2,
      apply: (args) => clip(textAt(args, 0), wholeAt(args, 1)),
    },
  ],
  [
    "shape",
    {
      usage: "shape(text)",
      says: "The form of a log line: no leading time and host; numbers, ids, addresses, paths and quoted parts masked. Lines of one form compare equal.",
      min: 1,
      max: 1,
      apply: (args) => shapeOf(textAt(args, 0)),
    },
  ],
  [
    "md",
    {
      usage: "md(text)",
      says: "Escaped for Markdown, on one line: for table cells and inline text.",
      min: 1,
      max: 1,
      apply: (args) => boundedText(escapeMarkdown(textOf(valueAt(args, 0)))),
    },
  ],
  [
    "json",
    {
      usage: "json(x)",
      says: "The value as JSON text.",
      min: 1,
      max: 1,
      apply: (args) => boundedText(JSON.stringify(valueAt(args, 0))),
    },
  ],
  [
    "text",
    {
      usage: "text(x)",
      says: "The value as it would be written into text; null gives the empty text.",
      min: 1,
      max: 1,
      apply: (args) => boundedText(textOf(valueAt(args, 0))),
    },
  ],
  [
    "default",
    {
      usage: "default(x, fallback)",
      says: "The value, or the fallback if it is null or the empty text.",
      min: 2,
      max: 2,
      apply: (args) =>
        valueAt(args, 0) === null || valueAt(args, 0) === "" ? valueAt(args, 1) : valueAt(args, 0),
    },
  ],
];
