import { ExpressionError } from "./expression.ts";
import type { BinaryOperator, Expression, Span } from "./expression.ts";
import { lex } from "./lex.ts";
import type { Token } from "./lex.ts";

export const MAX_EXPRESSION_CHARS = 4_096;
export const MAX_EXPRESSION_DEPTH = 64;

/** Loosest first; all associate to the left. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/"],
];

/** Reads an expression. Throws `ExpressionError` with the place of the first mistake. */
export const parseExpression = (text: string): Expression => {
  if (text.length > MAX_EXPRESSION_CHARS) {
    throw new ExpressionError(
      `an expression has at most ${MAX_EXPRESSION_CHARS} characters; this one has ${text.length}`,
      {
        offset: 0,
        length: 1,
      },
    );
  }
  const reader = readerOf(lex(text));
  if (reader.peek().type === "end")
    throw new ExpressionError("an expression is missing", { offset: 0, length: text.length });
  const expression = readChoice(reader, 0);
  const rest = reader.peek();
  if (rest.type !== "end") throw unexpected(rest);
  return expression;
};

type Reader = {
  peek(): Token;
  next(): Token;
  /** Takes the sign or word `text` if it is next. */
  take(text: string): boolean;
  expect(text: string, opened: Span): Token;
};

const readerOf = (tokens: readonly Token[]): Reader => {
  const end: Token = tokens.at(-1) ?? { type: "end", offset: 0, length: 0 };
  let place = 0;
  const peek = (): Token => tokens[place] ?? end;
  const next = (): Token => {
    const token = peek();
    place += 1;
    return token;
  };
  return {
    peek,
    next,
    take: (text) => {
      if (!isToken(peek(), text)) return false;
      place += 1;
      return true;
    },
    expect: (text, opened) => {
      const token = next();
      if (isToken(token, text)) return token;
      if (token.type === "end") throw new ExpressionError(`a ${text} is missing for this`, opened);
      throw new ExpressionError(`expected ${text} but found ${describe(token)}`, token);
    },
  };
};

const isToken = (token: Token, text: string): boolean =>
  (token.type === "sign" || token.type === "name") && token.text === text;

const readChoice = (reader: Reader, depth: number): Expression => {
  if (depth > MAX_EXPRESSION_DEPTH) {
    throw new ExpressionError(`an expression is nested at most ${MAX_EXPRESSION_DEPTH} deep`, reader.peek());
  }
  const test = readLevel(reader, 0, depth);
  const mark = reader.peek();
  if (!reader.take("?")) return test;
  const then = readChoice(reader, depth + 1);
  reader.expect(":", mark);
  const otherwise = readChoice(reader, depth + 1);
  return { type: "choice", test, then, otherwise, ...between(test, otherwise) };
};

const readLevel = (reader: Reader, level: number, depth: number): Expression => {
  const operators = LEVELS[level];
  if (operators === undefined) return readUnary(reader, depth);
  let left = readLevel(reader, level + 1, depth);
  for (;;) {
    const token = reader.peek();
    const operator = operators.find((candidate) => isToken(token, candidate));
    if (operator === undefined) return left;
    reader.next();
    const right = readLevel(reader, level + 1, depth);
    left = { type: "binary", operator, left, right, ...between(left, right) };
  }
};

const readUnary = (reader: Reader, depth: number): Expression => {
  const token = reader.peek();
  const operator = isToken(token, "!") ? "!" : isToken(token, "-") ? "-" : undefined;
  if (operator === undefined) return readPostfix(reader, depth);
  if (depth > MAX_EXPRESSION_DEPTH)
    throw new ExpressionError(`an expression is nested at most ${MAX_EXPRESSION_DEPTH} deep`, token);
  reader.next();
  const operand = readUnary(reader, depth + 1);
  return { type: "unary", operator, operand, ...between(token, operand) };
};

const readPostfix = (reader: Reader, depth: number): Expression => {
  let of = readPrimary(reader, depth);
  for (;;) {
    const opened = reader.peek();
    if (reader.take(".")) {
      const key = reader.next();
      if (key.type !== "name")
        throw new ExpressionError(
          `a name must follow the dot, not ${describe(key)}`,
          key.type === "end" ? opened : key,
        );
      of = { type: "member", of, key: key.text, ...between(of, key) };
    } else if (reader.take("[")) {
      const index = readChoice(reader, depth + 1);
      const closed = reader.expect("]", opened);
      of = { type: "index", of, index, ...between(of, closed) };
    } else {
      return of;
    }
  }
};

const readPrimary = (reader: Reader, depth: number): Expression => {
  const token = reader.next();
  switch (token.type) {
    case "number":
    case "string":
      return { type: "literal", value: token.value, ...spanOf(token) };
    case "name":
      return readNamed(reader, token.text, token, depth);
    case "sign": {
      if (token.text === "(") {
        const inner = readChoice(reader, depth + 1);
        reader.expect(")", token);
        return inner;
      }
      if (token.text === "[") {
        const { items, closed } = readItems(reader, "]", token, depth);
        return { type: "list", items, ...between(token, closed) };
      }
      throw unexpected(token);
    }
    case "end":
      throw unexpected(token);
  }
};

const readNamed = (reader: Reader, name: string, token: Token, depth: number): Expression => {
  const opened = reader.peek();
  if (reader.take("(")) {
    const { items, closed } = readItems(reader, ")", opened, depth);
    return { type: "call", name, args: items, ...between(token, closed) };
  }
  switch (name) {
    case "true":
    case "false":
      return { type: "literal", value: name === "true", ...spanOf(token) };
    case "null":
      return { type: "literal", value: null, ...spanOf(token) };
    case "in":
      throw unexpected(token);
    default:
      return { type: "name", name, ...spanOf(token) };
  }
};

const readItems = (
  reader: Reader,
  close: string,
  opened: Token,
  depth: number,
): { readonly items: readonly Expression[]; readonly closed: Token } => {
  const items: Expression[] = [];
  const closing = reader.peek();
  if (reader.take(close)) return { items, closed: closing };
  for (;;) {
    items.push(readChoice(reader, depth + 1));
    if (!reader.take(",")) return { items, closed: reader.expect(close, opened) };
  }
};

const spanOf = ({ offset, length }: Span): Span => ({ offset, length });

const between = (first: Span, last: Span): Span => ({
  offset: first.offset,
  length: last.offset + last.length - first.offset,
});

const describe = (token: Token): string => {
  switch (token.type) {
    case "end":
      return "the end";
    case "number":
      return String(token.value);
    case "string":
      return "a string";
    default:
      return `\`${token.text}\``;
  }
};

const unexpected = (token: Token): ExpressionError =>
  token.type === "end"
    ? new ExpressionError("the expression ends too early", {
        offset: Math.max(0, token.offset - 1),
        length: 1,
      })
    : new ExpressionError(`unexpected ${describe(token)}`, token);
