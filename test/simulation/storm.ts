import { stormyPlan } from "./plans.ts";
import { Random } from "./random.ts";
import type { Storm } from "./swarm.ts";

/** The storm of a seed: a plan, a network, models and accidents, each as bad as the dice say. */
export const stormOf = (seed: number): Storm => {
  const random = new Random(seed ^ 0x5eed);
  return {
    seed,
    plan: stormyPlan(random),
    weather: { loss: random.next() * 0.2, duplication: random.next() * 0.2, maxDelayMs: random.next() * 400 },
    model: { unusable: random.next() * 0.1, failure: random.next() * 0.1, maxMs: random.next() * 300 },
    crashes: { most: 1 + random.below(4), probability: 0.005 + random.next() * 0.02 },
    stumbles: random.chance(0.3) ? random.next() * 0.04 : 0,
    fullDisk: random.chance(0.3) ? 0.01 : 0,
    snapshotEveryRows: 8 << random.below(6),
    replicas: 1 + 2 * random.below(2),
    busyMs: random.chance(0.5) ? random.next() * 50 : 0,
  };
};
