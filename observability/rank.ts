/** The nearest-rank percentile of rising values; 0 of none. */
export const rank = (rising: readonly number[], share: number): number =>
  rising[Math.max(0, Math.ceil(share * rising.length) - 1)] ?? 0;
