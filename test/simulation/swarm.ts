import { acknowledgedCourier } from "../../actors/runtime/courier.ts";
import { hostRun, type HostDeps, type RunEnd } from "../../actors/runtime/host.ts";
import { recover } from "../../actors/runtime/recover.ts";
import type { Cast } from "../../actors/runtime/roster.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { castOf } from "../../cli/wire/cast.ts";
import { headerParts, type RunBasis } from "../../cli/wire/basis.ts";
import type { Bus } from "../../coordination/bus/bus.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";
import { emptyTrust } from "../../coordination/decision/trust.ts";
import { memoryLog, type MemoryLog } from "../../coordination/log/memory.ts";
import type { EventLog, StoredRow } from "../../coordination/log/log.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { openGroup } from "../../coordination/coordinator/group.ts";
import { memoryRaftStore } from "../../coordination/raft/store-memory.ts";
import type { RaftStore } from "../../coordination/raft/store.ts";
import { envelopeId, runId, type RunId } from "../../coordination/protocol/ids.ts";
import { SimulatedClock } from "./clock.ts";
import { lossyBus, type Weather } from "./lossy-bus.ts";
import { silentModel, simulatedEngine, type ModelFaults } from "./model.ts";
import { Random } from "./random.ts";
import { stumbling } from "./stumbling.ts";
import type { Tampering, Watch } from "./tampering.ts";

/** All probabilities are from 0 to 1. */
export type Storm = {
  readonly seed: number;
  readonly plan: RunPlan;
  readonly weather: Weather;
  readonly model: ModelFaults;
  /** How often the process is killed at most, and how likely before each event. */
  readonly crashes: { readonly most: number; readonly probability: number };
  /** How likely an actor's step throws on an input. */
  readonly stumbles: number;
  /** How likely before each event the disk is found full, once a run. */
  readonly fullDisk: number;
  readonly snapshotEveryRows: number;
  /** How many replicas keep the log of decisions. */
  readonly replicas: number;
  /** How long a process is busy with other things, at most, before its host has its turn: mail piles up meanwhile. */
  readonly busyMs: number;
};

/** `stuck`: nothing that waits will bring the run to its end. `broken`: an error that no process should see. */
export type StormEnd =
  | RunEnd
  | { readonly type: "stuck" }
  | { readonly type: "broken"; readonly error: unknown };

export type StormReport = {
  readonly end: StormEnd;
  /** What is on disk when all is over. */
  readonly rows: readonly StoredRow[];
  readonly basis: RunBasis;
  /** The same actors once more, for a replay. */
  readonly cast: Cast;
  readonly crashes: number;
  readonly events: number;
};

/** A run that needs more events than this is stuck; the longest needs a quarter. */
const mostEvents = 100_000;

/** What outlives a process. */
type World = {
  readonly storm: Storm;
  readonly run: RunId;
  readonly random: Random;
  readonly clock: SimulatedClock;
  readonly log: MemoryLog;
  readonly network: Bus;
  /** What the replicas have on disk. */
  readonly raft: RaftStore;
  /** How a process sees the log. */
  readonly seen: EventLog;
  readonly basis: RunBasis;
  readonly tampering: Tampering;
  readonly watch: Watch;
  crashes: number;
  events: number;
  wasDiskFull: boolean;
};

/**
 * Runs a whole swarm on simulated time: one process after another on one log and one network, each killed at a moment
 * that the seed chooses, until the run has ended. Everything that happens follows from the seed.
 */
export const weatherStorm = async (
  storm: Storm,
  tampering: Tampering = {},
  watch: Watch = {},
): Promise<StormReport> => {
  const world = worldOf(storm, tampering, watch);
  const cast = actorsOf(world);
  await writeHeader(world);
  let end: StormEnd | undefined;
  for (let process = 0; end === undefined; process += 1) {
    try {
      end = await liveOnce(world, cast, process);
    } catch (error) {
      end = { type: "broken", error };
    }
    // Also after the end: what a run has reported must be on disk.
    world.log.crash();
    if (end?.type === "waiting" && (await ruleOn(world, end.decisions))) end = undefined;
  }
  const { log, run, basis, crashes, events } = world;
  return { end, rows: [...log.read(run)], basis, cast: actorsOf(world), crashes, events };
};

/** In every other storm the models do not fit into the memory together. */
const FOOTPRINT = { baseBytes: 400, sequenceBytes: 50 };
const MEMORY_FOR_ONE = 1000;

const worldOf = (storm: Storm, tampering: Tampering, watch: Watch): World => {
  const { seed, weather } = storm;
  const isNarrow = seed % 2 === 1;
  const plan = isNarrow ? { ...storm.plan, memoryBytes: MEMORY_FOR_ONE } : storm.plan;
  const random = new Random(seed);
  const clock = new SimulatedClock(random);
  const log = memoryLog({ schedule: (commit) => void clock.after(random.next() * 2, commit) });
  const bus = memoryBus({ schedule: (step) => void clock.after(0, step) });
  const models = Object.fromEntries(
    Object.entries(plan.models).map(([name, { provider }]) => [
      name,
      { digest: name, provider, ...(isNarrow && name !== silentModel ? { footprint: FOOTPRINT } : {}) },
    ]),
  );
  const run = runId(`storm-${seed}`);
  const watched: EventLog = {
    ...log,
    append: (row) => {
      const position = log.append(row);
      watch.appended?.(row, position);
      return position;
    },
  };
  return {
    storm,
    run,
    random,
    clock,
    log,
    network: lossyBus(bus, clock, random, weather),
    raft: memoryRaftStore(),
    seen: tampering.log?.(watched) ?? watched,
    basis: { run, plan, models, trust: emptyTrust },
    tampering,
    watch,
    crashes: 0,
    events: 0,
    wasDiskFull: false,
  };
};

const actorsOf = ({ basis, storm, clock, tampering }: World): Cast => {
  const cast = castOf(basis);
  return stumbling(tampering.cast?.(cast, clock) ?? cast, storm.seed, storm.stumbles);
};

const writeHeader = async (world: World): Promise<void> => {
  const { seen, log, run, basis, clock, storm } = world;
  seen.append({
    type: "header",
    run,
    atUs: clock.nowUs(),
    swarm: "simulated",
    task: { name: basis.plan.name, path: null, digest: "" },
    seed: storm.seed,
    ...headerParts(basis),
  });
  void log.durable(run, 0);
  while (log.summary(run) === undefined) await step(world);
};

/** One process: from recovery to the end of the run, or to its own. `undefined`: it died, and another takes over. */
const liveOnce = async (world: World, cast: Cast, process: number): Promise<StormEnd | undefined> => {
  const { storm, random, log } = world;
  const host = startProcess(world, cast, process);
  let end: StormEnd | undefined;
  host.end.then(
    (ended) => (end = ended),
    (error: unknown) => (end = { type: "broken", error }),
  );
  host.start();
  await settled();
  for (;;) {
    if (!(await step(world))) return { type: "stuck" };
    if (end !== undefined) break;
    if (world.crashes < storm.crashes.most && random.chance(storm.crashes.probability)) {
      host.kill();
      return died(world, "killed");
    }
    if (!world.wasDiskFull && random.chance(storm.fullDisk)) {
      world.wasDiskFull = true;
      log.failNextCommit("ENOSPC");
    }
  }
  const isDiskFull =
    end.type === "broken" && end.error instanceof SwarmError && end.error.code === "LOG_WRITE_FAILED";
  return isDiskFull && world.wasDiskFull ? died(world, "disk full") : end;
};

/** A person rules on some of what waits, between two processes. Returns whether anything waits: what waits for nothing is a fault. */
const ruleOn = async (world: World, decisions: readonly string[]): Promise<boolean> => {
  const { seen, log, run, clock, random } = world;
  const chosen = decisions.filter((_, at) => at === 0 || random.chance(0.5));
  for (const decision of chosen) {
    const option = random.chance(0.5) ? "yes" : "no";
    const row = { type: "ruled", run, atUs: clock.nowUs(), swarm: "simulated", decision, option } as const;
    let isOnDisk = false;
    void log.durable(run, seen.append(row)).then(() => (isOnDisk = true));
    while (!isOnDisk) if (!(await step(world))) return false;
  }
  return chosen.length > 0;
};

const died = (world: World, because: "killed" | "disk full"): undefined => {
  const { log, run, watch } = world;
  if (because === "killed") world.crashes += 1;
  log.crash();
  watch.died?.(because, log.summary(run)?.rows ?? 0);
};

const startProcess = (world: World, cast: Cast, process: number) => {
  const { storm, random, clock, run, network, seen, tampering, watch } = world;
  const recovered = recover(seen, run, cast);
  watch.recovered?.(recovered, seen, cast);
  const state = tampering.recovered?.(recovered, process) ?? recovered;
  if (state.position > 0) {
    state.lastAtUs = clock.nowUs();
    state.position = seen.append({ type: "resumed", run, atUs: state.lastAtUs, swarm: "simulated" });
  }
  const performers = simulatedEngine(clock, random, storm.model);
  const courier: HostDeps["courier"] = (deps) => acknowledgedCourier({ ...deps, bus: network });
  return hostRun(state, {
    run,
    log: seen,
    clock: {
      nowUs: () => clock.nowUs(),
      after: (ms, fire) => clock.after(ms > 0 ? ms : random.next() * storm.busyMs, fire),
    },
    choose: (count) => random.below(count),
    performers: tampering.performers?.(performers) ?? performers,
    coordinator: simulatedCoordinator(world, String(state.position)),
    courier: tampering.courier?.(courier, process) ?? courier,
    snapshotEveryRows: storm.snapshotEveryRows,
  });
};

/** The run's replicas, on the same lossy network. Now and then one of them dies and the others go on. */
const simulatedCoordinator =
  (
    { storm, random, clock, run, network, raft, tampering }: World,
    opening: string,
  ): HostDeps["coordinator"] =>
  (deps) => {
    const told = tampering.coordinator?.(deps) ?? deps;
    const { replicas } = storm;
    const group = openGroup({
      group: run,
      replicas,
      seed: storm.seed,
      store: () => raft,
      bus: network,
      clock: { after: (ms, fire) => clock.after(ms > 0 ? ms : random.next(), fire) },
      opening,
      recorded: told.recorded,
      committed: (id, commit) => told.committed(envelopeId(id), commit),
      broken: told.broken,
    });
    if (replicas > 2 && random.chance(0.5))
      clock.after(random.next() * 200, () => group.kill(1 + random.below(replicas)));
    return group;
  };

/** Steps to the next event, and lets every promise that can go on do so. Returns whether there was one and may be more. */
const step = async (world: World): Promise<boolean> => {
  world.events += 1;
  if (world.events > mostEvents || !world.clock.step()) return false;
  await settled();
  return true;
};

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
