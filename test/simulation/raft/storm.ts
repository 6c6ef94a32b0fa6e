import type { RaftOptions } from "../../../coordination/raft/types.ts";
import { Random } from "../random.ts";

/** A tick of a node whose clock is right, in microseconds of the simulated world. */
export const tickUs = 1_000;

/** What can befall a cluster, besides the weather of its network. */
export const accidentTypes = [
  "split",
  "estrangement",
  "deafness",
  "crash",
  "blackout",
  "stall",
  "pause",
  "skew",
  "gale",
  "churn",
  "transfer",
  "burst",
  "campaign",
] as const;

export type AccidentType = (typeof accidentTypes)[number];

/** How messages fare. Those of one link keep their order, except where `reordering` says otherwise. */
export type Weather = {
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
  readonly minUs: number;
  readonly maxUs: number;
};

/** Everything that a seed decides before the first event. The accidents themselves are drawn one by one. */
export type RaftStorm = {
  readonly seed: number;
  /** How many first members there are. */
  readonly nodes: number;
  /** How many inputs and accidents the storm takes, before all is healed. */
  readonly events: number;
  readonly options: RaftOptions;
  readonly weather: Weather;
  /** How often a leader sends, besides an append, another stretch of its log. */
  readonly reshaping: number;
  /** A write takes up to so long. */
  readonly diskUs: number;
  readonly clients: number;
  /** How often each type of accident happens, relative to the others. */
  readonly accidents: Readonly<Record<AccidentType, number>>;
  /** The mean time between two accidents. */
  readonly gapTicks: number;
  /** Accidents that do not happen after all, by number: shrinking a failure leaves out what it does not need. */
  readonly without: ReadonlySet<number>;
};

export const eventsOfAStorm = 5_000;

/** The storm of a seed. Some kinds of accident are left out of each, so that others come in thicker (swarm testing). */
export const raftStormOf = (seed: number, events: number = eventsOfAStorm): RaftStorm => {
  const random = new Random(seed ^ 0x2af7);
  const electionTicks = 4 + random.below(7);
  const rough = random.chance(0.7);
  const minUs = 20 + random.below(300);
  return {
    seed,
    nodes: sizes[random.below(sizes.length)] ?? 3,
    events,
    options: {
      electionTicks,
      heartbeatTicks: 1 + random.below(2),
      commandCharsMax: 200,
      appendCharsMax: 100 + random.below(400),
      inFlightAppendsMax: 1 + random.below(5),
      inFlightCharsMax: 300 + random.below(1_500),
      uncommittedCharsMax: 800 + random.below(2_000),
      readsMax: 4,
      snapshotEvery: 20,
      trailingEntries: random.below(8),
      chunkCharsMax: 150 + random.below(600),
      // Drawn apart, so that what else a seed decides stays as it was before there was this option.
      lazyCommit: new Random(seed ^ 0x1a2f).chance(0.4),
    },
    weather: {
      loss: rough ? random.next() * 0.1 : 0,
      duplication: rough ? random.next() * 0.1 : 0,
      reordering: rough ? random.next() * 0.3 : 0,
      minUs,
      maxUs: minUs + random.below(1_500),
    },
    reshaping: random.chance(0.5) ? random.next() * 0.4 : 0,
    diskUs: 20 + random.below(random.chance(0.8) ? 600 : 3_000),
    clients: 2 + random.below(3),
    accidents: thicker(random),
    gapTicks: 4 + random.below(20),
    without: new Set(),
  };
};

/** Each size in its share: most of what can go wrong goes wrong with three or five. */
const sizes = [1, 2, 3, 3, 3, 3, 5, 5, 5, 7] as const;

const thicker = (random: Random): Readonly<Record<AccidentType, number>> => {
  const weights = accidentTypes.map((type) => [type, random.chance(0.35) ? 0 : 0.2 + random.next()] as const);
  return { ...nothing, ...Object.fromEntries(weights) };
};

const nothing: Readonly<Record<AccidentType, number>> = {
  split: 0,
  estrangement: 0,
  deafness: 0,
  crash: 0.1,
  blackout: 0,
  stall: 0,
  pause: 0,
  skew: 0,
  gale: 0,
  churn: 0,
  transfer: 0,
  burst: 0,
  campaign: 0,
};
