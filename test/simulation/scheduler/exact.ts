import { Random } from "../random.ts";
import type { ModelName } from "./assumptions.ts";
import { simulate } from "./simulate.ts";
import type { SimulatedAgent } from "./workloads.ts";

const MODELS: readonly ModelName[] = ["8B", "3B", "1B"];
const FEWEST_JOBS = 3;
const MOST_JOBS = 6;
const SLOTS = [1, 2, MOST_JOBS] as const;

/** Up to six calls, each of an agent of its own, all there from the beginning. */
export const smallInstance = (seed: number): readonly SimulatedAgent[] => {
  const random = new Random(seed);
  const count = FEWEST_JOBS + random.below(MOST_JOBS - FEWEST_JOBS + 1);
  return Array.from({ length: count }, (_, index) => ({
    name: `job-${index}`,
    model: MODELS[random.below(MODELS.length)] ?? "1B",
    turns: [{ promptTokens: 200 + random.below(1800), outputTokens: 16 + random.below(240), pauseMs: 0 }],
    window: 1,
  }));
};

/**
 * The shortest makespan of all schedules that start calls in some order, as soon as their models are there, and do not interrupt them:
 * every order is tried, with every number of sequences a model, with and without overtaking, on the same machine. It knows how long calls
 * will be. It does not keep a call back whose model is there, so that a policy that does can be faster.
 */
export const exactMakespanS = (agents: readonly SimulatedAgent[]): number =>
  Math.min(
    ...permutations(agents).flatMap((order) =>
      SLOTS.flatMap((slots) =>
        [false, true].map(
          (overtaking) =>
            simulate({ agents: order, policy: { type: "lru", slots, overtaking }, batch: 512 }).makespanS,
        ),
      ),
    ),
  );

const permutations = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first, index) =>
        permutations(items.toSpliced(index, 1)).map((rest) => [first, ...rest]),
      );
