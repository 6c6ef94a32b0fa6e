import type { Footprint } from "./memory.ts";
import { holdingOf, neededBytes, sequencesIn } from "./memory.ts";
import type { SchedulerConfig } from "./config.ts";
import { isIdle, managedModels, modelOf, type SchedulerState } from "./state.ts";

/** One model in the choice of those that shall be in memory together. */
export type Candidate = {
  readonly model: string;
  /** What it takes, or would take with a sequence for each of its agents. */
  readonly bytes: number;
  /** How many requests it would serve at once. */
  readonly serves: number;
  /** 0 for one that is in memory. */
  readonly bytesToLoad: number;
};

/** More than these are not weighed against each other: the choice doubles with each. Those that wait longest are. */
export const MOST_CANDIDATES = 12;

/**
 * The set that fits into `budgetBytes`, has `due` in it and serves the most requests at once; of equal ones the one that loads
 * the least, then the one that keeps the most. Every set is tried, so nothing better exists. `due` alone if nothing fits.
 */
export const bestSet = (
  due: Candidate,
  others: readonly Candidate[],
  budgetBytes: number,
): readonly string[] => {
  const weighed = others.slice(0, MOST_CANDIDATES);
  let best: Scored = scoreOf(due, [], 0);
  for (let mask = 1; mask < 2 ** weighed.length; mask++) {
    const scored = scoreOf(due, weighed, mask);
    if (scored.bytes <= budgetBytes && isBetter(scored, best)) best = scored;
  }
  return [due.model, ...weighed.filter((_, index) => hasBit(best.mask, index)).map(({ model }) => model)];
};

type Scored = {
  readonly mask: number;
  readonly bytes: number;
  readonly serves: number;
  readonly bytesToLoad: number;
  readonly count: number;
};

const hasBit = (mask: number, index: number): boolean => (mask & (1 << index)) !== 0;

const scoreOf = (due: Candidate, others: readonly Candidate[], mask: number): Scored => {
  let { bytes, serves, bytesToLoad } = due;
  let count = 1;
  for (const [index, each] of others.entries()) {
    if (!hasBit(mask, index)) continue;
    bytes += each.bytes;
    serves += each.serves;
    bytesToLoad += each.bytesToLoad;
    count += 1;
  }
  return { mask, bytes, serves, bytesToLoad, count };
};

const isBetter = (a: Scored, b: Scored): boolean =>
  a.serves !== b.serves
    ? a.serves > b.serves
    : a.bytesToLoad !== b.bytesToLoad
      ? a.bytesToLoad < b.bytesToLoad
      : a.count > b.count;

/** Which models shall be in memory so that `due` can be served. */
export const placementFor = (
  config: SchedulerConfig,
  state: SchedulerState,
  due: string,
): readonly string[] => {
  const all = managedModels(config)
    .filter((name) => name !== due && isCandidate(state, name))
    .sort((a, b) => missedSince(state, a) - missedSince(state, b));
  return bestSet(
    candidateOf(config, state, due),
    all.map((name) => candidateOf(config, state, name)),
    state.memory.budgetBytes,
  );
};

const missedSince = (state: SchedulerState, name: string): number =>
  modelOf(state, name)?.missedSince ?? Number.POSITIVE_INFINITY;

const isCandidate = (state: SchedulerState, name: string): boolean => {
  const phase = holdingOf(state.memory, name)?.phase;
  const model = modelOf(state, name);
  if (phase === "resident" || phase === "loading") return true;
  return phase === undefined && model !== undefined && !isIdle(model);
};

const candidateOf = (config: SchedulerConfig, state: SchedulerState, name: string): Candidate => {
  const footprint = config.models[name]?.footprint ?? { baseBytes: 0, sequenceBytes: 0 };
  const model = modelOf(state, name);
  const holding = holdingOf(state.memory, name);
  const asked = model === undefined ? 0 : model.running + model.paused.length + model.lane.length;
  const here = holding !== undefined && holding.phase !== "evicting";
  const sequences = here ? holding.sequences : floorOf(config, state, name, footprint);
  return {
    model: name,
    bytes: here ? holding.bytes : neededBytes(state.memory, name, footprint, sequences),
    serves: Math.min(sequences, asked),
    bytesToLoad: here ? 0 : footprint.baseBytes,
  };
};

/** A sequence for each agent of the model, as far as they fit if it is alone; at least one, or it could not serve a turn. */
export const floorOf = (
  config: SchedulerConfig,
  { memory }: SchedulerState,
  name: string,
  footprint: Footprint,
): number => {
  const { concurrency = 1, agents = 1 } = config.models[name] ?? {};
  const wanted = Math.max(1, Math.min(concurrency, agents));
  return Math.max(1, sequencesIn(memory, name, footprint, memory.budgetBytes, wanted));
};
