import type { FromChild } from "./wire.ts";

type Code = Extract<FromChild, { type: "refusal" }>["code"];

/** Why the engine does not answer a question. Thrown inside the child, sent to the parent as plain data. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws ABORTED once `signal` has aborted. */
export const stopIfAborted = (signal: AbortSignal): void => {
  if (signal.aborted) throw new Refusal("ABORTED", "the request was aborted before it was answered");
};
