import type { Json } from "../../../coordination/protocol/json.ts";

export type BinaryOperator =
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "in"
  | "&&"
  | "||"
  | "+"
  | "-"
  | "*"
  | "/";

/** Part of the text that a node was read from. */
export type Span = { readonly offset: number; readonly length: number };

/** An expression as plain data. */
export type Expression = Span &
  (
    | { readonly type: "literal"; readonly value: Json }
    | { readonly type: "list"; readonly items: readonly Expression[] }
    | { readonly type: "name"; readonly name: string }
    | { readonly type: "member"; readonly of: Expression; readonly key: string }
    | { readonly type: "index"; readonly of: Expression; readonly index: Expression }
    | { readonly type: "unary"; readonly operator: "!" | "-"; readonly operand: Expression }
    | {
        readonly type: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly type: "choice";
        readonly test: Expression;
        readonly then: Expression;
        readonly otherwise: Expression;
      }
    | { readonly type: "call"; readonly name: string; readonly args: readonly Expression[] }
  );

/** An expression that cannot be read, or that was asked to do what its values do not allow. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  /** Place in the text of the expression. */
  readonly offset: number;
  readonly length: number;

  constructor(message: string, at: Span) {
    super(message);
    this.offset = at.offset;
    this.length = at.length;
  }
}
