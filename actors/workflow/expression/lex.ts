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

const SPACES = " \t\r\n";
const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
const NAME_PARTS = `${LETTERS}${DIGITS}-`;
const LONG_SIGNS = ["==", "!=", "<=", ">=", "&&", "||"];
const SIGNS = "<>!+-*/()[].,?:";
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
    offset = skip(text, offset, SPACES);
    if (offset === text.length) break;
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
  if (DIGITS.includes(first)) return numberToken(text.slice(offset, numberEnd(text, offset)), offset);
  if (LETTERS.includes(first)) {
    const end = skip(text, offset, NAME_PARTS);
    return { type: "name", text: text.slice(offset, end), offset, length: end - offset };
  }
  const pair = text.slice(offset, offset + 2);
  if (LONG_SIGNS.includes(pair)) return { type: "sign", text: pair, offset, length: 2 };
  if (SIGNS.includes(first)) return { type: "sign", text: first, offset, length: 1 };
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

/** `5`, `5.25`, `5e3`; of `5.x` and `5e` only the 5. */
const numberEnd = (text: string, offset: number): number => {
  const whole = skip(text, offset, DIGITS);
  const part = text.charAt(whole) === "." ? skip(text, whole + 1, DIGITS) : whole;
  const mantissa = part > whole + 1 ? part : whole;
  if (!isOneOf("eE", text, mantissa)) return mantissa;
  const sign = isOneOf("+-", text, mantissa + 1) ? mantissa + 2 : mantissa + 1;
  const exponent = skip(text, sign, DIGITS);
  return exponent > sign ? exponent : mantissa;
};

const isOneOf = (characters: string, text: string, offset: number): boolean =>
  offset < text.length && characters.includes(text.charAt(offset));

/** The end of what is made of some characters only. Quicker than patterns, which take milliseconds to compile. */
const skip = (text: string, offset: number, characters: string): number => {
  let at = offset;
  while (isOneOf(characters, text, at)) at += 1;
  return at;
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
