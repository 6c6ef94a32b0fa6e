import type { Report, Trip } from "./simulate.ts";
import { simulate } from "./simulate.ts";
import type { SimulatedAgent } from "./workloads.ts";

/** An estimate with its 95 % interval. */
export type Interval = { readonly mean: number; readonly low: number; readonly high: number };

/** Student's t for 95 %, by degrees of freedom from 1. */
const T95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262] as const;
const T95_LARGE = 1.96;

export const intervalOf = (values: readonly number[]): Interval => {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, low: mean, high: mean };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = (T95[count - 2] ?? T95_LARGE) * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
};

/** The value that so large a part of all does not exceed (nearest rank). */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
};

/** 1 where all get the same, 1/n where one gets all (Jain, Chiu, Hawe 1984). */
export const jainIndex = (values: readonly number[]): number => {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value ** 2, 0);
  return squares === 0 ? 1 : sum ** 2 / (values.length * squares);
};

/** When the last call of each agent was answered. */
export const finishesS = ({ trips }: Report): ReadonlyMap<string, number> => {
  const finishes = new Map<string, number>();
  for (const { agent, endedS } of trips) finishes.set(agent, Math.max(finishes.get(agent) ?? 0, endedS));
  return finishes;
};

/** How fast each agent gets on, as a part of its speed when it has the machine for itself. */
export const progressOf = (report: Report, alone: ReadonlyMap<string, number>): readonly number[] =>
  [...finishesS(report)].map(([agent, seconds]) => (alone.get(agent) ?? 0) / seconds);

export const aloneS = (agents: readonly SimulatedAgent[]): ReadonlyMap<string, number> =>
  new Map(
    agents.map((agent) => [
      agent.name,
      simulate({ agents: [agent], policy: { type: "fair" }, batch: 512 }).makespanS,
    ]),
  );

/**
 * The longest time at a stretch that a call waited while it was the first of its agent's: what waits behind an agent's own calls
 * waits for that agent. Calls of one agent start in the order in which they were asked.
 */
export const longestHeadWaitS = ({ trips }: Report): number => {
  const previous = new Map<string, number>();
  return trips.reduce((longest, trip: Trip) => {
    const headS = Math.max(trip.askedS, previous.get(trip.agent) ?? 0);
    previous.set(trip.agent, trip.startedS);
    const behind = headS - trip.askedS;
    const first = trip.startedS - trip.askedS - behind;
    const later = trip.longestWaitS > trip.startedS - trip.askedS ? trip.longestWaitS : 0;
    return Math.max(longest, first, later);
  }, 0);
};

export const waits = ({ trips }: Report): readonly number[] => trips.map(({ waitedS }) => waitedS);
