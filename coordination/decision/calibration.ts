import { PPM, clamp, constants } from "./constants.ts";
import { domainAbility, domainOf, shrunk } from "./trust.ts";
import type { AgentCounts } from "./trust.ts";

/**
 * How often this agent is right in this domain, by the bin of the confidence that it states: one chance a bin, never
 * falling from bin to bin.
 */
export const calibration = (
  agent: AgentCounts,
  domain: string,
  pool: Pool = poolAdjacentViolators,
): readonly number[] => {
  if (pool !== poolAdjacentViolators) return calibrated(agent, domain, pool);
  const domains = calibrations.get(agent) ?? new Map<string, readonly number[]>();
  let chances = domains.get(domain);
  if (chances === undefined) {
    chances = calibrated(agent, domain, pool);
    calibrations.set(agent, domains.set(domain, chances));
  }
  return chances;
};

/** Counts never change, and the trust of a run is frozen: what follows from them is worked out once. */
const calibrations = new WeakMap<AgentCounts, Map<string, readonly number[]>>();

const calibrated = (agent: AgentCounts, domain: string, pool: Pool): readonly number[] => {
  const { bin } = constants.shrink;
  const known = domainAbility(agent, domain);
  const values: number[] = [];
  const weights: number[] = [];
  for (const count of domainOf(agent, domain).bins) {
    values.push(shrunk(count, known, bin));
    weights.push(count.all + bin);
  }
  return pool(values, weights);
};

/** Stated confidence as it is used, 0 to 1: clamped, and undecided where there is none. */
export const usableConfidence = (confidencePpm: number | null): number => {
  const { least, most, absent } = constants.confidence;
  return confidencePpm !== null && Number.isFinite(confidencePpm)
    ? clamp(confidencePpm / PPM, least, most)
    : absent;
};

/** The place of a confidence (0 to 1) among the bins, from 0. */
export const binOf = (confidence: number): number => {
  const above = constants.binEdges.findIndex((edge) => confidence < edge);
  return above < 0 ? constants.binEdges.length : above;
};

/** Makes values that carry weights rise. */
export type Pool = (values: readonly number[], weights: readonly number[]) => readonly number[];

/** The closest rising sequence: neighbours that fall are replaced by their weighted mean. */
export const poolAdjacentViolators: Pool = (levels, carried) => {
  // One block a place: a block that swallows its neighbour takes over its bins.
  const values: number[] = [];
  const weights: number[] = [];
  const bins: number[] = [];
  for (let at = 0; at < levels.length; at += 1) {
    let value = levels[at] ?? 0;
    let weight = carried[at] ?? 0;
    let size = 1;
    for (let before = values.at(-1); before !== undefined && before > value; before = values.at(-1)) {
      const heavy = weights.pop() ?? 0;
      value = (before * heavy + value * weight) / (heavy + weight);
      weight += heavy;
      size += bins.pop() ?? 0;
      values.pop();
    }
    values.push(value);
    weights.push(weight);
    bins.push(size);
  }
  if (values.length === levels.length) return values;
  const rising: number[] = [];
  for (const [at, value] of values.entries())
    for (let left = bins[at] ?? 0; left > 0; left -= 1) rising.push(value);
  return rising;
};
