import { PPM, constants } from "./constants.ts";

/** One cast ballot in the share test. `capPpm`: most of the whole that it may carry. */
export type Stake = { readonly weight: number; readonly capPpm: number };

/**
 * The weights of the share test, in the order given. Nobody counts for more than its cap of the resulting whole; with
 * three or more ballots nobody for more than the sum of all others. Caps that cannot all hold leave nothing: then no one
 * carries the decision. The ranking is never capped, which would throw the expert's advantage away.
 */
export const cappedShares = (stakes: readonly Stake[]): readonly number[] => {
  const half = stakes.length >= constants.halfShareFrom ? PPM / 2 : PPM;
  const shares = fillToCaps(stakes.map(({ weight, capPpm }) => ({ weight, capPpm: Math.min(capPpm, half) })));
  // Rounding down may have left the largest a hair above the others.
  const total = sum(shares);
  return half === PPM ? shares : shares.map((share) => Math.min(share, total - share));
};

/**
 * Capped ballots carry exactly their cap of the whole, the others their weight: whole = weight of the others / (1 - caps).
 * Each round finds who exceeds its cap; the whole only shrinks, so whoever is capped stays so.
 */
const fillToCaps = (stakes: readonly Stake[]): readonly number[] => {
  const capped = new Set<Stake>();
  for (;;) {
    const open = sum(stakes.filter((stake) => !capped.has(stake)).map(({ weight }) => weight));
    const leftPpm = PPM - sum([...capped].map(({ capPpm }) => capPpm));
    const above = stakes.filter((stake) => !capped.has(stake) && stake.weight * leftPpm > stake.capPpm * open);
    if (above.length === 0) {
      return stakes.map((stake) => (capped.has(stake) ? Math.floor((stake.capPpm * open) / leftPpm) : stake.weight));
    }
    for (const stake of above) capped.add(stake);
  }
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
