import { Random } from "../random.ts";
import type { ModelName } from "./assumptions.ts";

/** One call: what is read, what is written, and how long its agent does other things after the answer. */
export type SimulatedTurn = {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly pauseMs: number;
};

export type SimulatedAgent = {
  readonly name: string;
  readonly model: ModelName;
  readonly turns: readonly SimulatedTurn[];
  /** How many of its calls may be open at once: 1 for an agent that waits for its answer before it asks again. */
  readonly window: number;
};

export type Workload = {
  readonly name: string;
  /** `one`: one model; `room`: several that fit together; `contended`: several that do not. */
  readonly kind: "one" | "room" | "contended";
  agents(seed: number): readonly SimulatedAgent[];
};

const TURNS = 120;
const HOG_TURNS = 6 * TURNS;
const HOG_WINDOW = 32;
/** A question with its evidence, and a short answer with a reason. Both ends included. */
const PROMPT_TOKENS = [200, 600] as const;
const OUTPUT_TOKENS = [16, 64] as const;
/** Tools, ballots, the workflow. */
const PAUSE_MS = [20, 200] as const;

const between = (random: Random, [low, high]: readonly [number, number]): number =>
  low + random.below(high - low + 1);

const turnsOf = (random: Random, count: number): readonly SimulatedTurn[] =>
  Array.from({ length: count }, () => ({
    promptTokens: between(random, PROMPT_TOKENS),
    outputTokens: between(random, OUTPUT_TOKENS),
    pauseMs: between(random, PAUSE_MS),
  }));

const team = (random: Random, count: number, model: ModelName): readonly SimulatedAgent[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `${model}-${index}`,
    model,
    turns: turnsOf(random, TURNS),
    window: 1,
  }));

const teams =
  (...sizes: readonly (readonly [number, ModelName])[]): Workload["agents"] =>
  (seed) => {
    const random = new Random(seed);
    return sizes.flatMap(([count, model]) => team(random, count, model));
  };

export const WORKLOADS: readonly Workload[] = [
  { name: "10 x 3B", kind: "one", agents: teams([10, "3B"]) },
  {
    name: "hog + 6 x 3B",
    kind: "one",
    agents: (seed) => {
      const random = new Random(seed);
      const hog = {
        name: "hog",
        model: "3B",
        turns: turnsOf(random, HOG_TURNS),
        window: HOG_WINDOW,
      } as const;
      return [hog, ...team(random, 6, "3B")];
    },
  },
  { name: "2 x 3B + 3 x 1B", kind: "room", agents: teams([2, "3B"], [3, "1B"]) },
  { name: "2 x 8B + 3 x 3B", kind: "contended", agents: teams([2, "8B"], [3, "3B"]) },
  { name: "4 x 8B + 3 x 3B + 3 x 1B", kind: "contended", agents: teams([4, "8B"], [3, "3B"], [3, "1B"]) },
];

/** Frozen: results of different versions are of the same work. */
export const SEEDS: readonly number[] = [11, 23, 37, 41, 59, 67, 73, 89, 97, 101];
