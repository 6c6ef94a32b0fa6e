import { VOTERS } from "../../inference/voters/voters.ts";

/** The models that ship, by the names that a task may use. */
export const shippedVoters: readonly string[] = VOTERS;

/** `voter:auth` stands for a shipped voter without an entry under `models`. */
export const voterShorthand = (model: string): string | undefined =>
  model.startsWith("voter:") ? model.slice("voter:".length) : undefined;
