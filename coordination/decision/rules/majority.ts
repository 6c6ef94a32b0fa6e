import { PPM } from "../constants.ts";

/** One agent, one head, however sure or able. */
export const majority = { name: "majority", weigh: (): number => PPM } as const;
