import { isScalar } from "yaml";
import type { Node } from "yaml";
import type { Finding } from "./finding.ts";
import { spanOf } from "./syntax-flaw.ts";
import { nodesAt } from "./yaml.ts";
import type { YamlTree } from "./yaml.ts";

/** Where in the text a finding is. */
export const placeOf = (
  text: string,
  tree: YamlTree,
  { path, at }: Finding,
): { readonly offset: number; readonly length: number } => {
  const { key, value } = nodesAt(tree, path);
  if (at === "key") return spanOf(key ?? value);
  if (at === "value")
    return isScalar(value) || value === undefined ? spanOf(value ?? key) : firstOf(value, text);
  if (!isScalar(value) || typeof value.value !== "string") return spanOf(value ?? key);
  const start = sourceOffset(text, value, value.value, at.offset);
  const end = sourceOffset(text, value, value.value, at.offset + Math.max(1, at.length) - 1) + 1;
  return { offset: start, length: Math.max(1, end - start) };
};

/** A map or list is marked by its first line only. */
const firstOf = (node: Node, text: string): { readonly offset: number; readonly length: number } => {
  const { offset, length } = spanOf(node);
  const line = text.slice(offset, offset + length).split(/\r?\n/, 1)[0] ?? "";
  return { offset, length: Math.max(1, line.length) };
};

/**
 * The place in the file of one character of a string's value. YAML folds and indents white space, so both texts are walked
 * side by side over everything else, which is the same in both but for escapes.
 */
const sourceOffset = (text: string, node: Node, value: string, offset: number): number => {
  const span = spanOf(node);
  const stop = span.offset + span.length;
  const style = "type" in node ? node.type : "PLAIN";
  let place = span.offset;
  if (style === "QUOTE_DOUBLE" || style === "QUOTE_SINGLE") place += 1;
  if (style === "BLOCK_LITERAL" || style === "BLOCK_FOLDED") place = lineAfter(text, place);
  for (let at = 0; at < value.length && place < stop;) {
    if (isSpace(value.charAt(at))) {
      if (at >= offset) return place;
      at += 1;
      continue;
    }
    let unit = unitAt(text, place, style);
    while (place < stop && (unit.means === "" || !value.startsWith(unit.means, at))) {
      place += unit.length;
      unit = unitAt(text, place, style);
    }
    at += unit.means.length;
    if (at > offset) return Math.min(place, stop);
    place += unit.length;
  }
  return Math.max(span.offset, Math.min(place, stop - 1));
};

const lineAfter = (text: string, place: number): number => {
  const end = text.indexOf("\n", place);
  return end === -1 ? text.length : end + 1;
};

/** Escapes in double quotes that stand for another character than the one behind the backslash. */
const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};

const isSpace = (character: string): boolean => /\s/.test(character);

/** What the next characters of the source mean in the value; beyond U+FFFF one escape is two characters. */
const unitAt = (
  text: string,
  place: number,
  style: string | null | undefined,
): { readonly means: string; readonly length: number } => {
  const character = text.charAt(place);
  if (style === "QUOTE_SINGLE" && text.startsWith("''", place)) return { means: "'", length: 2 };
  if (style !== "QUOTE_DOUBLE" || character !== "\\") return { means: character, length: 1 };
  const escape = text.charAt(place + 1);
  const digits = escape === "x" ? 2 : escape === "u" ? 4 : escape === "U" ? 8 : 0;
  if (digits === 0) return { means: escapes[escape] ?? escape, length: 2 };
  const code = Number.parseInt(text.slice(place + 2, place + 2 + digits), 16);
  return {
    means: Number.isInteger(code) && code <= 0x10ffff ? String.fromCodePoint(code) : "",
    length: 2 + digits,
  };
};
