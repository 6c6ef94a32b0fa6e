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
  const capped = stakes.map(() => false);
  let open = sum(stakes.map(({ weight }) => weight));
  let leftPpm = PPM;
  for (;;) {
    const above = stakes.map(
      ({ weight, capPpm }, at) => capped[at] !== true && weight * leftPpm > capPpm * open,
    );
    if (!above.includes(true)) {
      return stakes.map(({ weight, capPpm }, at) =>
        capped[at] === true ? Math.floor((capPpm * open) / leftPpm) : weight,
      );
    }
    for (const [at, { weight, capPpm }] of stakes.entries()) {
      if (above[at] !== true) continue;
      capped[at] = true;
      open -= weight;
      leftPpm -= capPpm;
    }
  }
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
