import { isFor } from "../../protocol/dissent.ts";
import { PPM } from "../constants.ts";
import { tallyBy } from "../tally.ts";

/** A ballot names every option that its voter could live with, and counts a head for each of them. */
export const approval = {
  name: "approval",
  weigh: (): number => PPM,
  tally: tallyBy(isFor),
} as const;
