import { PPM } from "../constants.ts";

/** The voters advise, a head each; who rules is one judge, that sees their ballots. */
export const judge = { name: "judge", weigh: (): number => PPM, isAdvice: true } as const;
