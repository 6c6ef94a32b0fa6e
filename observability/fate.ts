import { names } from "./attributes.ts";
import type { AttributeValue, Span } from "./span.ts";

/** What became of some work. `cut off`: it was still going on when the run ended, or its record. */
export type Fate = "failed" | "cut off" | "ended";

export const fateOf = ({ status, attributes }: Pick<Span, "status" | "attributes">): Fate => {
  if (status.type === "error") return "failed";
  const isOpen = attributes[names.unfinished] === true || openOutcomes.has(attributes[names.stepOutcome]);
  return isOpen ? "cut off" : "ended";
};

/** Of steps that had not come to their end. */
export const openOutcomes: ReadonlySet<AttributeValue | undefined> = new Set([
  "abandoned",
  "unfinished",
  "waiting",
]);

/**
 * What the end of some work waited for, of what is inside it: where it failed because a part of it did, nobody waited for the
 * others that were broken off for that.
 */
export const withoutBystanders = <Work>(
  around: Fate,
  inside: readonly Work[],
  fateIn: (work: Work) => Fate,
): readonly Work[] =>
  around === "failed" && inside.some((work) => fateIn(work) === "failed")
    ? inside.filter((work) => fateIn(work) !== "cut off")
    : inside;
