/**
 * Every number of the rule that is a choice. Those of `shrink`, `penalty` and `correlation` were measured on recorded
 * answers of eleven models; those of `benevolence` and `integrity` are judgement.
 */
export const constants = {
  /** Lower edges of all confidence bins but the first. */
  binEdges: [0.5, 0.65, 0.75, 0.85, 0.925, 0.975],
  /** Pseudo-answers that pull an ability towards what is known one level up, and where the top level is pulled to. */
  shrink: { prior: 0.6, agent: 4, domain: 8, bin: 8, option: 8 },
  benevolence: { good: 9, all: 10, neutral: 0.9 },
  /** `weightOfBreak`: how many kept promises one broken one undoes. */
  integrity: { good: 9, all: 10, neutral: 0.9, weightOfBreak: 5 },
  newcomer: { good: 2, all: 4 },
  confidence: { least: 0.01, most: 0.99, absent: 0.5 },
  probability: { least: 0.01, most: 0.97 },
  /** How steeply a weight falls with the gap in ability to the best of the electorate. */
  penalty: 10,
  /** Voters err alike: each further ballot counts this much less towards collective confidence. */
  correlation: 0.5,
  /** Counts are halved when they reach this many answers, so that the recent ones tell. */
  decayAt: 128,
  /** Options of a domain that an agent is counted for; the one with the fewest answers makes room. */
  optionsKept: 64,
  /** From this many cast ballots on, one agent counts for at most the sum of all others in the share. */
  halfShareFrom: 3,
} as const;

/** One whole in millionths. */
export const PPM = 1_000_000;

export const clamp = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, value));

export const toPpm = (fraction: number): number => Math.round(PPM * fraction);
