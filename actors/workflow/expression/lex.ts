import { ExpressionError } from "./expression.ts";
import type { Span } from "./expression.ts";

export type Token = Span &
  (
    | { readonly type: "number"; readonly value: number }
    | { readonly type: "string"; readonly value: string }
    | { readonly type: "name"; readonly text: string }
    | { readonly type: "sign"; readonly text: string }
    | { readonly type: "end" }
  );

const SPACE = /[ \t\r\n]+/y;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const SIGN = /==|!=|<=|>=|&&|\|\||[<>!+\-*/()[\].,?:]/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/**
 * Cuts an expression into tokens; the last is always `end`. A name may hold `-` (`code-review`), so a minus after a name
 * needs a space before it.
 */
export const lex = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const space = matchAt(SPACE, text, offset);
    if (space !== undefined) {
      offset += space.length;
      continue;
    }
    const token = tokenAt(text, offset);
    tokens.push(token);
    offset += token.length;
  }
  tokens.push({ type: "end", offset: text.length, length: 0 });
  return tokens;
};

const tokenAt = (text: string, offset: number): Token => {
  const first = text.charAt(offset);
  if (first === "'" || first === '"') return stringAt(text, offset, first);
  const number = matchAt(NUMBER, text, offset);
  if (number !== undefined) return numberToken(number, offset);
  const name = matchAt(NAME, text, offset);
  if (name !== undefined) return { type: "name", text: name, offset, length: name.length };
  const sign = matchAt(SIGN, text, offset);
  if (sign !== undefined) return { type: "sign", text: sign, offset, length: sign.length };
  throw new ExpressionError(`unexpected ${describeCharacter(text, offset)}${advice(first)}`, {
    offset,
    length: 1,
  });
};

const numberToken = (text: string, offset: number): Token => {
  const value = Number(text);
  if (!Number.isFinite(value))
    throw new ExpressionError(`${text} is too large a number`, { offset, length: text.length });
  return { type: "number", value, offset, length: text.length };
};

const stringAt = (text: string, offset: number, quote: string): Token => {
  let value = "";
  let at = offset + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === quote) return { type: "string", value, offset, length: at + 1 - offset };
    if (character === "\\") {
      const meant = ESCAPES.get(text.charAt(at + 1));
      if (meant === undefined) {
        throw new ExpressionError("unknown escape; known are \\n, \\t, \\\\, \\' and \\\"", {
          offset: at,
          length: Math.min(2, text.length - at),
        });
      }
      value += meant;
      at += 2;
      continue;
    }
    value += character;
    at += 1;
  }
  throw new ExpressionError("this string does not end", { offset, length: text.length - offset });
};

const matchAt = (pattern: RegExp, text: string, offset: number): string | undefined => {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
};

const describeCharacter = (text: string, offset: number): string =>
  JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0));

const advice = (character: string): string => {
  switch (character) {
    case "=":
      return "; to compare, write ==";
    case "&":
    case "|":
      return `; write ${character}${character}`;
    default:
      return "";
  }
};
