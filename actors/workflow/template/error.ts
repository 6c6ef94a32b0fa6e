import { ExpressionError } from "../expression/expression.ts";

/** Longest text that a template may be, and make. */
export const MAX_TEMPLATE_CHARS = 1024 * 1024;
export const MAX_OUTPUT_CHARS = 16 * 1024 * 1024;

/** A template that cannot be read or rendered; `offset` is a place in the template's text. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly offset: number;
  readonly length: number;

  constructor(
    message: string,
    at: { readonly offset: number; readonly length: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.offset = at.offset;
    this.length = at.length;
  }
}

/** Told of each flaw of a template. If it does not throw, reading goes on behind the flawed part. */
export type OnFlaw = (flaw: TemplateError) => void;

export const throwFlaw: OnFlaw = (flaw) => {
  throw flaw;
};

/** Moves the mistakes of an expression to their place in the template that it stands in. */
export const inTemplate = <Value>(offset: number, work: () => Value): Value => {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof ExpressionError)) throw cause;
    throw new TemplateError(
      cause.message,
      { offset: offset + cause.offset, length: cause.length },
      { cause },
    );
  }
};
