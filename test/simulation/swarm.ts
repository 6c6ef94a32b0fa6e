import { acknowledgedCourier } from "../../actors/runtime/courier.ts";
import { hostRun, type RunEnd } from "../../actors/runtime/host.ts";
import { recover } from "../../actors/runtime/recover.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import { castOf } from "../../cli/wire/cast.ts";
import { headerParts, type RunBasis } from "../../cli/wire/basis.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";
import { emptyTrust } from "../../coordination/decision/trust.ts";
import { memoryLog } from "../../coordination/log/memory.ts";
import type { StoredRow } from "../../coordination/log/log.ts";
import { decisionsActor, runId } from "../../coordination/protocol/ids.ts";
import { singleMemberLog } from "../../coordination/single-member.ts";
import { SimulatedClock } from "./clock.ts";
import { lossyBus, type Weather } from "./lossy-bus.ts";
import { simulatedModel, type ModelFaults } from "./model.ts";
import { Random } from "./random.ts";

export type Storm = {
  readonly seed: number;
  readonly plan: RunPlan;
  readonly weather: Weather;
  readonly model: ModelFaults;
  /** How often the process is killed at most, and how likely before each event. */
  readonly crashes: { readonly most: number; readonly probability: number };
};

export type StormReport = {
  readonly end: RunEnd;
  readonly rows: readonly StoredRow[];
  readonly basis: RunBasis;
  readonly crashes: number;
  readonly events: number;
};

/** A run that needs more events than this is stuck. */
const mostEvents = 200_000;

/**
 * Runs a whole swarm on simulated time: one process after another on one log and one network, each killed at a moment
 * that the seed chooses, until the run has ended. Everything that happens follows from the seed.
 */
export const weatherStorm = async ({ seed, plan, weather, model, crashes }: Storm): Promise<StormReport> => {
  const random = new Random(seed);
  const clock = new SimulatedClock(random);
  const run = runId(`storm-${seed}`);
  const log = memoryLog({ schedule: (commit) => void clock.after(random.next() * 2, commit) });
  const network = lossyBus(
    memoryBus({ schedule: (step) => void clock.after(0, step) }),
    clock,
    random,
    weather,
  );
  const models = Object.fromEntries(
    Object.entries(plan.models).map(([name, { provider }]) => [name, { digest: name, provider }]),
  );
  const basis: RunBasis = { run, plan, models, trust: emptyTrust };
  log.append({
    type: "header",
    run,
    atUs: clock.nowUs(),
    swarm: "simulated",
    task: { name: plan.name, path: null, digest: "" },
    seed,
    ...headerParts(basis),
  });
  const written = log.durable(run, 0);
  let crashed = 0;
  let events = 0;
  const step = async (): Promise<void> => {
    events += 1;
    if (events > mostEvents) throw new Error(`seed ${seed} is stuck after ${mostEvents} events`);
    clock.step();
    await settled();
  };
  while (log.summary(run) === undefined) await step();
  await written;

  for (;;) {
    const state = recover(log, run, castOf(basis));
    if (state.position > 0) {
      state.lastAtUs = clock.nowUs();
      state.position = log.append({ type: "resumed", run, atUs: state.lastAtUs, swarm: "simulated" });
    }
    const members = singleMemberLog(state.roster.get(decisionsActor)?.seq ?? 0);
    const host = hostRun(state, {
      run,
      log,
      clock,
      choose: (count) => random.below(count),
      performers: {
        generate: simulatedModel(clock, random, model),
        propose: (_id, { entry }) => Promise.resolve(members.propose(entry)),
      },
      courier: (deps) => acknowledgedCourier({ ...deps, bus: network }),
    });
    let end: RunEnd | undefined;
    host.end.then(
      (ended) => (end = ended),
      () => undefined,
    );
    host.start();
    let killed = false;
    while (end === undefined && !killed) {
      await step();
      killed = crashed < crashes.most && random.chance(crashes.probability);
    }
    if (end !== undefined) return { end, rows: [...log.read(run)], basis, crashes: crashed, events };
    crashed += 1;
    host.kill();
    log.crash();
  }
};

/** Lets every promise that can go on do so; then only the clock can change anything. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
