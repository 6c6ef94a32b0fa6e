/** A promise of Raft, or of its host, that a simulation saw broken. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export const broken = (claim: string): never => {
  throw new Violation(claim);
};
