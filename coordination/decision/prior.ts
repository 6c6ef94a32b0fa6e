import { invariant } from "../protocol/invariant.ts";
import { decayed } from "./grade.ts";
import { BIN_COUNT, emptyAgent } from "./trust.ts";
import type { AgentCounts, Count } from "./trust.ts";

/** Answers on held-out data that ships with a model: by domain, one count a confidence bin, lowest first. */
export type HeldOut = Readonly<Record<string, readonly Count[]>>;

/**
 * What a model brings to its first run, so that an expert and a novice do not start alike. Held to the same bound as
 * what is learned: thousands of held-out answers do not drown the user's own.
 */
export const priorFrom = (heldOut: HeldOut): AgentCounts => {
  const domains = Object.entries(heldOut).map(([domain, bins]) => {
    invariant(
      bins.length === BIN_COUNT,
      `held-out counts of ${domain} have ${bins.length} bins, not ${BIN_COUNT}`,
    );
    return [domain, { ...decayed(total(bins)), bins: bins.map(decayed) }] as const;
  });
  return {
    ...emptyAgent,
    ...decayed(total(Object.values(heldOut).flat())),
    domains: Object.fromEntries(domains),
  };
};

const total = (counts: readonly Count[]): Count => ({
  right: counts.reduce((sum, { right }) => sum + right, 0),
  all: counts.reduce((sum, { all }) => sum + all, 0),
});
