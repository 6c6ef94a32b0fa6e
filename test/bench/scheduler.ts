import { FAIR_DEFAULTS } from "../../inference/scheduling/policies/fair.ts";
import {
  KEEP_ALIVE,
  LRU,
  LRU_OVERTAKING,
  OTHERS,
  OURS,
  type Setup,
} from "../simulation/scheduler/baselines.ts";
import { lowerBoundS, waitBoundS } from "../simulation/scheduler/bound.ts";
import { exactMakespanS, smallInstance } from "../simulation/scheduler/exact.ts";
import {
  aloneS,
  type Interval,
  intervalOf,
  jainIndex,
  longestHeadWaitS,
  progressOf,
  quantile,
  waits,
} from "../simulation/scheduler/measure.ts";
import { type Report, simulate } from "../simulation/scheduler/simulate.ts";
import { SEEDS, WORKLOADS, type Workload } from "../simulation/scheduler/workloads.ts";

// `npm run bench -- scheduler [SEEDS]`: the scheduler and what it is measured against, on a simulated card whose speeds are
// assumptions (test/simulation/scheduler/assumptions.ts). Everything follows from frozen seeds: two runs print the same.

const P95 = 0.95;
const EXACT_INSTANCES = 80;
/** Instances from here on were not looked at while the policy was made. */
const HELD_OUT_SEED = 2001;
const seeds = SEEDS.slice(0, Number(process.argv[2] ?? SEEDS.length));

type Measured = {
  readonly setup: Setup;
  /** One value a seed. */
  readonly makespanS: readonly number[];
  readonly overBound: readonly number[];
  readonly p95S: readonly number[];
  readonly meanS: readonly number[];
  readonly jain: readonly number[];
  readonly longestS: readonly number[];
  readonly loads: readonly number[];
  readonly lost: number;
};

const measure = (workload: Workload, setup: Setup): Measured => {
  const runs = seeds.map((seed) => {
    const agents = workload.agents(seed);
    const report: Report = simulate({ agents, policy: setup.policy, batch: setup.batch });
    return { agents, report, alone: aloneOf(workload, seed) };
  });
  return {
    setup,
    makespanS: runs.map(({ report }) => report.makespanS),
    overBound: runs.map(({ report, agents }) => report.makespanS / lowerBoundS(agents)),
    p95S: runs.map(({ report }) => quantile(waits(report), P95)),
    meanS: runs.map(({ report }) => intervalOf(waits(report)).mean),
    jain: runs.map(({ report, alone }) => jainIndex(progressOf(report, alone))),
    longestS: runs.map(({ report }) => longestHeadWaitS(report)),
    loads: runs.map(({ report }) => report.loads),
    lost: runs.reduce((sum, { report }) => sum + report.lost, 0),
  };
};

const aloneBySeed = new Map<string, ReadonlyMap<string, number>>();
const aloneOf = (workload: Workload, seed: number): ReadonlyMap<string, number> => {
  const key = `${workload.name}/${seed}`;
  const known = aloneBySeed.get(key) ?? aloneS(workload.agents(seed));
  aloneBySeed.set(key, known);
  return known;
};

const mean = (values: readonly number[]): number => intervalOf(values).mean;
const fastest = (all: readonly Measured[]): Measured =>
  all.reduce((best, each) => (mean(each.makespanS) < mean(best.makespanS) ? each : best));
const paired = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((value, index) => value / (b[index] ?? Number.NaN));

const shown = ({ mean: value, low, high }: Interval, digits = 2): string =>
  `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
const columns = (...cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(index === 0 ? 38 : 24))
    .join("")
    .trimEnd();

const printRow = (each: Measured): void =>
  console.log(
    columns(
      `  ${each.setup.name}`,
      shown(intervalOf(each.makespanS), 1),
      shown(intervalOf(each.overBound)),
      shown(intervalOf(each.p95S)),
      shown(intervalOf(each.meanS)),
      shown(intervalOf(each.jain), 3),
      shown(intervalOf(each.longestS), 1),
      mean(each.loads).toFixed(0),
    ),
  );

type Goal = { readonly what: string; readonly goal: string; readonly value: Interval; readonly met: boolean };
const goals: (Goal & { readonly workload: string })[] = [];

/** Goals are met by the interval, not by its middle: a value that should be at least so much has its lower end there. */
const judge = (workload: Workload, ours: Measured, keepAlive: Measured, bestLru: Measured): void => {
  const contended = workload.kind === "contended";
  const add = (what: string, values: readonly number[], sign: "<=" | ">=", limit: number): void => {
    const value = intervalOf(values);
    const met = sign === "<=" ? value.high <= limit + 1e-9 : value.low >= limit - 1e-9;
    goals.push({ workload: workload.name, what, goal: `${sign} ${limit}`, value, met });
  };
  add("makespan / lower bound", ours.overBound, "<=", contended ? 1.6 : 1.1);
  add("Jain index", ours.jain, ">=", contended ? 0.85 : 0.97);
  add("throughput / keep-alive", paired(keepAlive.makespanS, ours.makespanS), ">=", contended ? 1.8 : 2.5);
  add("throughput / best LRU", paired(bestLru.makespanS, ours.makespanS), ">=", contended ? 1.15 : 1);
  if (contended) {
    add("p95 wait / keep-alive", paired(ours.p95S, keepAlive.p95S), "<=", 0.25);
    add("p95 wait / best LRU", paired(ours.p95S, bestLru.p95S), "<=", 0.5);
    const bounds = seeds.map((seed) => waitBoundS(workload.agents(seed), FAIR_DEFAULTS));
    add("longest wait / proven bound", paired(ours.longestS, bounds), "<=", 1);
  }
};

for (const workload of WORKLOADS) {
  console.log(`\n${workload.name} (${seeds.length} seeds, mean [95 % interval])`);
  console.log(
    columns(
      "  policy",
      "makespan s",
      "/ lower bound",
      "p95 wait s",
      "mean wait s",
      "Jain",
      "longest wait s",
      "loads",
    ),
  );
  const ours = measure(workload, OURS);
  const others = OTHERS.map((setup) => measure(workload, setup));
  const bestLru = fastest(LRU.map((setup) => measure(workload, setup)));
  const overtaking = fastest(LRU_OVERTAKING.map((setup) => measure(workload, setup)));
  for (const each of [ours, ...others, bestLru, overtaking]) printRow(each);
  const keepAlive = others.find(({ setup }) => setup === KEEP_ALIVE);
  if (keepAlive === undefined) throw new Error("there is no keep-alive baseline");
  if (workload.kind !== "room") judge(workload, ours, keepAlive, bestLru);
}

console.log(`\n${columns("goal", "workload", "  wanted", "measured")}`);
for (const { what, workload, goal, value, met } of goals)
  console.log(columns(what, workload.padEnd(26), goal, shown(value, 3), met ? "met" : "NOT MET"));

const gapsFrom = (firstSeed: number): readonly number[] =>
  Array.from({ length: EXACT_INSTANCES }, (_, index) => {
    const agents = smallInstance(firstSeed + index);
    return simulate({ agents, ...OURS }).makespanS / exactMakespanS(agents);
  });
const printGaps = (which: string, gaps: readonly number[]): void => {
  const within = gaps.filter((each) => each <= 1.05).length;
  const faster = gaps.filter((each) => each < 1).length;
  console.log(
    `${which}, ${gaps.length} instances of up to six jobs: ${shown(intervalOf(gaps), 3)} (wanted <= 1.05), ` +
      `${within} within 5 %, ${faster} faster than it, worst ${Math.max(...gaps).toFixed(3)}`,
  );
};

console.log();
printGaps("against the exact solver", gapsFrom(1));
printGaps("the same, on others", gapsFrom(HELD_OUT_SEED));
