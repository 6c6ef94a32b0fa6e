import type { Chance } from "./chance.ts";

/** A mean with its 95 % interval. */
export type Interval = { readonly mean: number; readonly low: number; readonly high: number };

/** The values of one cluster together: resampled as one. */
type Cluster = { sum: number; size: number };

/**
 * The mean of a value a question, and its interval by the cluster bootstrap: clusters are drawn with replacement, each
 * with all its questions. For a difference of two rules on the same questions this is the paired interval.
 */
export const clusterInterval = (
  values: ArrayLike<number>,
  clusters: readonly string[],
  resamples: number,
  chance: Chance,
): Interval => {
  const known = new Map<string, Cluster>();
  for (const [at, name] of clusters.entries()) {
    const cluster = known.get(name) ?? { sum: 0, size: 0 };
    cluster.sum += values[at] ?? 0;
    cluster.size += 1;
    known.set(name, cluster);
  }
  const all = [...known.values()];
  const means = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw += 1) {
    let sum = 0;
    let size = 0;
    for (let nth = 0; nth < all.length; nth += 1) {
      const cluster = all[chance.below(all.length)];
      sum += cluster?.sum ?? 0;
      size += cluster?.size ?? 0;
    }
    means[draw] = sum / Math.max(1, size);
  }
  means.sort();
  const at = (part: number) => means[Math.min(resamples - 1, Math.floor(part * resamples))] ?? 0;
  const sum = all.reduce((total, cluster) => total + cluster.sum, 0);
  return { mean: sum / Math.max(1, clusters.length), low: at(0.025), high: at(0.975) };
};
