import { PPM } from "../constants.ts";
import { tallyBy } from "../tally.ts";
import type { Vote } from "../tally.ts";

/** A ballot names every option that its voter could live with, and counts a head for each of them. */
export const approval = {
  name: "approval",
  weigh: (): number => PPM,
  tally: tallyBy(({ option, approved }: Vote, candidate: string) =>
    approved === undefined ? option === candidate : approved.includes(candidate),
  ),
} as const;
