import { unreachable } from "../../../coordination/protocol/invariant.ts";
import type { Json } from "../../../coordination/protocol/json.ts";
import { ArgumentError, finite } from "./arguments.ts";
import { ExpressionError } from "./expression.ts";
import type { BinaryOperator, Expression, Span } from "./expression.ts";
import { functions } from "./functions.ts";
import { contains } from "./list-functions.ts";
import { MAX_TEXT_CHARS, areEqual, describeValue, isTrue, memberOf, textOf } from "./values.ts";

/** Names that an expression may use: own members of a record (getters are called on use only), or a function that looks one up. */
export type Scope = Readonly<Record<string, Json>> | ((name: string) => Json | undefined);

/**
 * The value of an expression. What is not there is null, and null runs through arithmetic. Throws `ExpressionError` where
 * values have the wrong type. Lists and objects of the scope are passed on, never copied.
 */
export const evaluate = (expression: Expression, scope: Scope): Json => {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "list":
      return expression.items.map((item) => evaluate(item, scope));
    case "name":
      return lookUp(scope, expression.name);
    case "member":
      return memberOf(evaluate(expression.of, scope), expression.key);
    case "index":
      return memberOf(evaluate(expression.of, scope), evaluate(expression.index, scope));
    case "unary":
      return expression.operator === "!"
        ? !isTrue(evaluate(expression.operand, scope))
        : negate(evaluate(expression.operand, scope), expression);
    case "binary":
      return evaluateBinary(expression.operator, expression.left, expression.right, scope, expression);
    case "choice":
      return evaluate(
        isTrue(evaluate(expression.test, scope)) ? expression.then : expression.otherwise,
        scope,
      );
    case "call":
      return call(expression.name, expression.args, scope, expression);
    default:
      return unreachable(expression);
  }
};

const lookUp = (scope: Scope, name: string): Json => {
  if (typeof scope === "function") return scope(name) ?? null;
  return Object.hasOwn(scope, name) ? (scope[name] ?? null) : null;
};

const negate = (value: Json, at: Span): Json => {
  if (value === null) return null;
  if (typeof value === "number") return -value;
  throw new ExpressionError(`cannot negate ${describeValue(value)}`, at);
};

const evaluateBinary = (
  operator: BinaryOperator,
  leftSide: Expression,
  rightSide: Expression,
  scope: Scope,
  at: Span,
): Json => {
  const left = evaluate(leftSide, scope);
  if (operator === "&&") return isTrue(left) ? evaluate(rightSide, scope) : left;
  if (operator === "||") return isTrue(left) ? left : evaluate(rightSide, scope);
  const right = evaluate(rightSide, scope);
  switch (operator) {
    case "==":
      return areEqual(left, right);
    case "!=":
      return !areEqual(left, right);
    case "in":
      return contains(right, left);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compare(operator, left, right, at);
    default:
      return reckon(operator, left, right, at);
  }
};

const compare = (operator: "<" | "<=" | ">" | ">=", left: Json, right: Json, at: Span): boolean => {
  if (left === null || right === null) return false;
  const order = orderOf(left, right);
  if (order === undefined)
    throw new ExpressionError(`cannot compare ${describeValue(left)} with ${describeValue(right)}`, at);
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
};

const orderOf = (left: Json, right: Json): number | undefined => {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  return undefined;
};

const reckon = (operator: "+" | "-" | "*" | "/", left: Json, right: Json, at: Span): Json => {
  if (operator === "+" && (typeof left === "string" || typeof right === "string"))
    return joinTexts(left, right, at);
  if (left === null || right === null) return null;
  if (typeof left !== "number" || typeof right !== "number") {
    throw new ExpressionError(`cannot reckon ${describeValue(left)} ${operator} ${describeValue(right)}`, at);
  }
  switch (operator) {
    case "+":
      return finite(left + right);
    case "-":
      return finite(left - right);
    case "*":
      return finite(left * right);
    case "/":
      return finite(left / right);
  }
};

const joinTexts = (left: Json, right: Json, at: Span): string => {
  const [start, end] = [textOf(left), textOf(right)];
  if (start.length + end.length > MAX_TEXT_CHARS)
    throw new ExpressionError(`the text would be longer than ${MAX_TEXT_CHARS} characters`, at);
  return start + end;
};

const call = (name: string, args: readonly Expression[], scope: Scope, at: Span): Json => {
  const spec = functions.get(name);
  if (spec === undefined) throw new ExpressionError(`there is no function \`${name}\``, at);
  if (args.length < spec.min || args.length > spec.max)
    throw new ExpressionError(`\`${name}\` is used as ${spec.usage}`, at);
  try {
    return spec.apply(args.map((arg) => evaluate(arg, scope)));
  } catch (cause) {
    if (cause instanceof ArgumentError) throw new ExpressionError(`${name}: ${cause.message}`, at);
    throw cause;
  }
};
