/** Why an operation could not be done, in a sentence for whoever drives; nothing is broken, and the driver goes on. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}
