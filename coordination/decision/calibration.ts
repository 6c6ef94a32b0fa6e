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
  pool: (levels: readonly Level[]) => readonly number[] = poolAdjacentViolators,
): readonly number[] => {
  const known = domainAbility(agent, domain);
  const { bin } = constants.shrink;
  return pool(
    domainOf(agent, domain).bins.map((count) => ({
      value: shrunk(count, known, bin),
      weight: count.all + bin,
    })),
  );
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

export type Level = { readonly value: number; readonly weight: number };
type Block = { value: number; weight: number; bins: number };

/** The closest rising sequence: neighbours that fall are replaced by their weighted mean. */
export const poolAdjacentViolators = (levels: readonly Level[]): readonly number[] => {
  const blocks: Block[] = [];
  for (const { value, weight } of levels) {
    let last: Block = { value, weight, bins: 1 };
    for (
      let before = blocks.at(-1);
      before !== undefined && before.value > last.value;
      before = blocks.at(-1)
    ) {
      blocks.pop();
      last = merged(before, last);
    }
    blocks.push(last);
  }
  const rising: number[] = [];
  for (const { value, bins } of blocks) for (let bin = 0; bin < bins; bin += 1) rising.push(value);
  return rising;
};

const merged = (a: Block, b: Block): Block => ({
  value: (a.value * a.weight + b.value * b.weight) / (a.weight + b.weight),
  weight: a.weight + b.weight,
  bins: a.bins + b.bins,
});
