import { invariant } from "../../coordination/protocol/invariant.ts";
import { byPath } from "../path-order.ts";
import { workedUs, type Pause } from "../pauses.ts";
import { rank } from "../rank.ts";
import type { Bar, BarUnit } from "./bar.ts";
import { criticalPath, type Stretch } from "./critical-path.ts";

/** All that does the same in the same place: the three hundred agents `sorter` of a map, say. */
export type Lane = {
  readonly unit: BarUnit;
  readonly label: string;
  /** 0 for the run itself. */
  readonly depth: number;
  /** By rising start. */
  readonly bars: readonly Bar[];
  readonly inside: readonly Lane[];
  /** Where the critical path runs through this lane itself, and not through what is inside it; by rising time. */
  readonly critical: readonly Stretch[];
};

export type Timeline = {
  readonly root: Lane;
  readonly startUs: number;
  readonly endUs: number;
  readonly pauses: readonly Pause[];
  /** What is right inside each bar, by its id, by rising start. */
  readonly inside: ReadonlyMap<string, readonly Bar[]>;
};

type OpenLane = Omit<Lane, "inside" | "critical"> & {
  readonly bars: Bar[];
  readonly inside: Map<string, OpenLane>;
  readonly critical: Stretch[];
};

/** Gathers the bars of a run in lanes. That of the run itself must be among them. */
export const timelineOf = (bars: readonly Bar[], pauses: readonly Pause[]): Timeline => {
  const run = bars.find(({ unit }) => unit === "run");
  invariant(run !== undefined, "a timeline is that of a run");
  const inside = insideOf(bars, run);
  const lanes = new Map<string, OpenLane>();

  const gather = (bar: Bar, around: OpenLane | undefined): void => {
    const key = `${bar.unit} ${bar.label}`;
    const lane = around?.inside.get(key) ?? newLane(bar, around);
    around?.inside.set(key, lane);
    lane.bars.push(bar);
    lanes.set(bar.id, lane);
    for (const inner of inside.get(bar.id) ?? []) gather(inner, lane);
  };
  gather(run, undefined);
  for (const stretch of criticalPath(run, inside)) lanes.get(stretch.bar.id)?.critical.push(stretch);
  const root = lanes.get(run.id);
  invariant(root !== undefined, "the run has a lane");
  return { root: closed(root), startUs: run.startUs, endUs: run.endUs, pauses, inside };
};

const newLane = ({ unit, label }: Bar, around: OpenLane | undefined): OpenLane => ({
  unit,
  label,
  depth: around === undefined ? 0 : around.depth + 1,
  bars: [],
  inside: new Map(),
  critical: [],
});

const closed = ({ inside, bars, critical, ...lane }: OpenLane): Lane => ({
  ...lane,
  bars: bars.toSorted(byStart),
  critical: critical.toSorted((a, b) => a.fromUs - b.fromUs),
  inside: [...inside.values()].map(closed),
});

/** Who votes works inside the decision, which its step is there for. What has lost its parent belongs to the run. */
const insideOf = (bars: readonly Bar[], run: Bar): ReadonlyMap<string, readonly Bar[]> => {
  const known = new Set(bars.map(({ id }) => id));
  const decisions = new Map(bars.flatMap(({ unit, path, id }) => (unit === "decision" ? [[path, id]] : [])));
  const inside = new Map<string, Bar[]>();
  for (const bar of bars) {
    if (bar === run) continue;
    const voting = bar.unit === "agent" ? decisions.get(bar.path) : undefined;
    const parent = voting ?? (known.has(bar.parent ?? "") ? bar.parent : undefined) ?? run.id;
    const siblings = inside.get(parent);
    if (siblings === undefined) inside.set(parent, [bar]);
    else siblings.push(bar);
  }
  for (const siblings of inside.values()) siblings.sort(byStart);
  return inside;
};

/** Of what began and ended as one the first by its path, so that the critical path is that of a waterfall. */
const byStart = (a: Bar, b: Bar): number =>
  a.startUs - b.startUs || b.endUs - a.endUs || byPath(a.path, b.path);

export type LaneFigures = {
  readonly count: number;
  readonly failed: number;
  readonly unfinished: number;
  /** Time worked by those that came to an end: the median, the 95th percentile (nearest rank) and the longest, in microseconds. */
  readonly medianUs: number;
  readonly p95Us: number;
  readonly longestUs: number;
};

export const figuresOf = ({ bars }: Pick<Lane, "bars">, pauses: readonly Pause[]): LaneFigures => {
  // How long one would have taken that was cut off, nobody knows.
  const ended = bars.filter(({ unfinished }) => !unfinished);
  const worked = ended
    .map(({ startUs, endUs }) => workedUs(startUs, endUs, pauses))
    .toSorted((a, b) => a - b);
  return {
    count: bars.length,
    failed: bars.filter(({ failure }) => failure !== undefined).length,
    unfinished: bars.length - ended.length,
    medianUs: rank(worked, 0.5),
    p95Us: rank(worked, 0.95),
    longestUs: worked.at(-1) ?? 0,
  };
};
