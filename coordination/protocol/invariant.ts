/** A bug in swarm itself, not in its input or its world. It stops the actor that hit it. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** States what must be true for the code below to make sense. */
export function invariant(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new InvariantError(claim);
}

/** Marks a place that a closed union does not reach. */
export const unreachable = (value: never): never => {
  throw new InvariantError(`unexpected ${JSON.stringify(value)}`);
};
