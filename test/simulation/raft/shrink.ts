import type { Planted } from "./cluster.ts";
import { eventsOfAStorm, type RaftStorm } from "./storm.ts";
import { weatherRaft, type RaftReport } from "./weather.ts";

/** Looks for a smaller storm that breaks the same promise: fewer events first, then fewer accidents, in so many runs at most. */
export const shrink = (failed: RaftReport, planted: Planted = {}, runsMax = 200): RaftReport => {
  let best = failed;
  let runs = 0;
  const attempt = (change: Partial<RaftStorm>): boolean => {
    if (runs >= runsMax) return false;
    runs += 1;
    const report = weatherRaft({ ...best.storm, ...change }, planted);
    if (report.wrong === null || kindOf(report.wrong) !== kindOf(best.wrong ?? "")) return false;
    best = report;
    return true;
  };
  const cut = (): void => {
    if (best.events < best.storm.events) attempt({ events: best.events });
    for (let events = best.storm.events >> 1; events > 50; events >>= 1) if (!attempt({ events })) break;
  };
  cut();
  for (let size = best.accidents >> 1; size >= 1; size >>= 1)
    for (let first = 0; first < best.accidents; first += size) {
      const without = new Set(best.storm.without);
      for (let number = first; number < first + size; number += 1) without.add(number);
      if (without.size > best.storm.without.size) attempt({ without });
    }
  cut();
  return best;
};

/** Two failures are of one kind if they differ in numbers only. */
const kindOf = (claim: string): string => claim.replace(/: .*/s, "").replace(/\d+/g, "#");

/** What to type to see a storm again, step by step. */
export const commandOf = ({ storm, accidents }: RaftReport): string => {
  const { seed, events, without } = storm;
  const left = rangesOf([...without].filter((number) => number < accidents).sort((a, b) => a - b));
  return [
    `npm run simulate -- --raft --seed ${seed}`,
    ...(events === eventsOfAStorm ? [] : [`--events ${events}`]),
    ...(left === "" ? [] : [`--without ${left}`]),
  ].join(" ");
};

const rangesOf = (numbers: readonly number[]): string => {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
};

/** The numbers in `3,7-9`. */
export const numbersOf = (text: string): ReadonlySet<number> =>
  new Set(
    text.split(",").flatMap((part) => {
      const [from = Number.NaN, to = from] = part.split("-").map(Number);
      return Number.isInteger(from) && Number.isInteger(to)
        ? Array.from({ length: to - from + 1 }, (_, at) => from + at)
        : [];
    }),
  );
