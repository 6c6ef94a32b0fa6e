import { invariant } from "../../coordination/protocol/invariant.ts";
import type { Footprint } from "./memory.ts";
import { holdingOf, neededBytes, sequencesIn } from "./memory.ts";
import { isPassedOver } from "./missed.ts";
import type { SchedulerConfig } from "./config.ts";
import { managedModels, modelOf, type SchedulerState } from "./state.ts";

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
  const weighed = [due, ...others.slice(0, MOST_CANDIDATES)];
  let best = scoreOf(weighed, DUE);
  for (let mask = 3; mask < 2 ** weighed.length; mask += 2) {
    const scored = scoreOf(weighed, mask);
    if (scored.bytes <= budgetBytes && isBetter(scored, best)) best = scored;
  }
  return namesIn(weighed, best.mask);
};

/**
 * For models that have waited equally long: the set that fits, has one of them in it, has no room for another, and loads the least; of equal ones the
 * one that serves the most requests at once. What loads soon is at work while the rest is loaded. `missing` are the first of `candidates`; none if
 * nothing fits.
 */
export const openingSet = (
  candidates: readonly Candidate[],
  missing: number,
  budgetBytes: number,
): readonly string[] => {
  const weighed = candidates.slice(0, MOST_CANDIDATES + 1);
  let best: Scored | undefined;
  for (let mask = 1; mask < 2 ** weighed.length; mask++) {
    const hasMissing = (mask & (2 ** missing - 1)) !== 0;
    const scored = scoreOf(weighed, mask);
    const free = budgetBytes - scored.bytes;
    const isFull = weighed.every(({ bytes }, index) => hasBit(mask, index) || bytes > free);
    if (hasMissing && free >= 0 && isFull && (best === undefined || isQuicker(scored, best))) best = scored;
  }
  return namesIn(weighed, best?.mask ?? 0);
};

type Scored = {
  readonly mask: number;
  readonly bytes: number;
  readonly serves: number;
  readonly bytesToLoad: number;
  readonly count: number;
};

/** The set of the first candidate alone. */
const DUE = 1;

const hasBit = (mask: number, index: number): boolean => (mask & (1 << index)) !== 0;

const namesIn = (candidates: readonly Candidate[], mask: number): readonly string[] =>
  candidates.filter((_, index) => hasBit(mask, index)).map(({ model }) => model);

const scoreOf = (candidates: readonly Candidate[], mask: number): Scored => {
  let [bytes, serves, bytesToLoad, count] = [0, 0, 0, 0];
  for (const [index, each] of candidates.entries()) {
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

const isQuicker = (a: Scored, b: Scored): boolean =>
  a.bytesToLoad !== b.bytesToLoad ? a.bytesToLoad < b.bytesToLoad : a.serves > b.serves;

/**
 * Which models shall be in memory next. `missing`: those that are waited for, the one that has waited longest ahead. It comes in; only where
 * nobody has waited since before the last change may another be served before it, so that none is passed over twice.
 */
export const placementFor = (
  config: SchedulerConfig,
  state: SchedulerState,
  missing: readonly [string, ...string[]],
): readonly string[] => {
  const [due] = missing;
  const { budgetBytes } = state.memory;
  const rest = managedModels(config)
    .filter((name) => holdingOf(state.memory, name)?.phase === "resident")
    .map((name) => candidateOf(config, state, name));
  const [first, ...others] = missing.map((name) => candidateOf(config, state, name));
  invariant(first !== undefined, "a model is missing");
  if (isPassedOver(state, due)) return bestSet(first, [...others, ...rest], budgetBytes);
  const opening = openingSet([first, ...others, ...rest], missing.length, budgetBytes);
  return opening.length === 0 ? [due] : opening;
};

export const candidateOf = (config: SchedulerConfig, state: SchedulerState, name: string): Candidate => {
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
