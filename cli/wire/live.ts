import { availableParallelism } from "node:os";
import { acknowledgedCourier, localCourier, type CourierDeps } from "../../actors/runtime/courier.ts";
import { systemClock } from "../../actors/runtime/clock.ts";
import { hostRun, type RunEnd } from "../../actors/runtime/host.ts";
import { recover } from "../../actors/runtime/recover.ts";
import { progressOf, type MapProgress } from "../../actors/workflow/progress.ts";
import { BusError } from "../../coordination/bus/bus-error.ts";
import type { Bus, BusStatus } from "../../coordination/bus/bus.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";
import { natsBus } from "../../coordination/bus/nats.ts";
import { observedBus } from "../../coordination/bus/observed.ts";
import type { TrustLedger } from "../../coordination/ledger/ledger.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { schedulerActor, workflowActor, type RunId } from "../../coordination/protocol/ids.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";
import { inferencePerformers } from "../../inference/performers.ts";
import { modelsInMemory } from "../../inference/scheduling/snapshot.ts";
import { basisOf } from "./basis.ts";
import { castOf, type AgentCharts } from "./cast.ts";
import { refuseCommands, runCommand } from "./commands.ts";
import { busOf } from "./create.ts";
import { coordinatorOf, type ReplicaStores } from "./coordinator.ts";
import { learnFrom } from "./learn.ts";
import { budgetBytes } from "./memory.ts";
import type { Metrics } from "./metrics.ts";
import { openModels } from "./models.ts";
import type { Environment } from "./secrets.ts";
import { actorReadings, tappedLog } from "./tap.ts";
import { traceHeaders } from "./trace-headers.ts";

export type DriveOptions = {
  readonly log: EventLog;
  /** Takes what the run has found out about its agents, for later runs. */
  readonly ledger: TrustLedger;
  readonly stores: ReplicaStores;
  /** Shared by the runs of a process; absent: the run makes its own. */
  readonly charts?: AgentCharts;
  readonly run: RunId;
  /** Version that goes into the rows of this process. */
  readonly version: string;
  /** Put the run on this NATS server; absent: on a bus inside this process. */
  readonly nats?: string;
  /** Where the secrets of remote models come from. */
  readonly environment: Environment;
  /** Whether the programs that the task names may be run. */
  readonly allowCommands?: boolean;
  /** Whether an earlier process has begun it, which may have got no further than the header. */
  readonly isResumed?: boolean;
  /** Stops the run between two turns; it can be resumed. */
  readonly signal: AbortSignal;
  /** Measures the run; absent: nothing is measured. */
  readonly metrics?: Metrics | undefined;
  /** The home folder, which takes the last metrics of the run; absent: they are not written. */
  readonly home?: string | undefined;
  /** Called as soon as the run can be watched. */
  readonly watch?: (progress: () => readonly MapProgress[]) => void;
};

/**
 * Drives a run from where its rows end, to its end or until the signal. The header must be written. Throws what the
 * world breaks with: `LOG_WRITE_FAILED`, `NO_NATS`, `NO_MODEL`.
 */
export const driveRun = async (options: DriveOptions): Promise<RunEnd> => {
  const { log, run, metrics, home } = options;
  if (metrics === undefined) return drive(options);
  const reader = metrics.follow(log.read(run));
  try {
    return await drive({ ...options, log: tappedLog(log, reader.read) });
  } finally {
    reader.close();
    if (home !== undefined) await metrics.save(home, run);
  }
};

const drive = async ({
  log,
  ledger,
  stores,
  charts,
  run,
  version,
  nats,
  environment,
  allowCommands = false,
  isResumed = false,
  signal,
  metrics,
  watch,
}: DriveOptions): Promise<RunEnd> => {
  const header = headerOf(log, run);
  const basis = basisOf(header);
  const cast = castOf(basis, charts);
  const state = recover(log, run, cast);
  if (state.finished !== undefined) {
    // The process that ended the run may have died before it tidied up.
    stores.discard(run);
    learnFrom({ log, ledger }, run, basis.plan);
    return { type: "finished", row: state.finished };
  }
  if (!allowCommands) refuseCommands(basis.plan);
  if (state.waiting !== undefined) return { type: "waiting", decisions: state.waiting };
  const clock = systemClock();
  if (isResumed || state.position > 0) {
    state.lastAtUs = clock.nowUs();
    state.position = log.append({
      type: "resumed",
      run,
      atUs: state.lastAtUs,
      swarm: version,
      ...busOf(nats),
    });
    await log.durable(run, state.position);
  }
  const models = await openModels(basis, {
    cores: availableParallelism(),
    seed: header.seed,
    environment,
  });
  const opened = await openBus(nats);
  const bus = metrics === undefined ? opened : observedBus(opened, metrics.diagnostics);
  const group = coordinatorOf({
    run,
    replicas: basis.plan.coordinators,
    seed: header.seed,
    opening: String(state.position),
    bus,
    clock,
    stores,
    ...(metrics === undefined ? {} : { diagnostics: metrics.diagnostics }),
  });
  const memory = { type: "memory", kind: "budget", bytes: budgetBytes(basis.plan) } as const;
  const unwatch = metrics?.diagnostics.watch(() => [
    ...actorReadings(state.roster),
    ...models.readings(),
    memory,
  ]);
  try {
    const performers = inferencePerformers({ models: models.byName });
    let lost: (error: unknown) => void = () => undefined;
    const host = hostRun(state, {
      run,
      log,
      clock,
      performers: { ...performers, ...(allowCommands ? { runCommand } : {}) },
      coordinator: group.coordinator,
      courier: (deps) => {
        lost = deps.broken;
        return courierOn(bus, nats, deps);
      },
    });
    bus.onStatus((status) => {
      if (isFatal(status)) lost(status.error);
    });
    for (const [name, sequences] of modelsInMemory(state.roster.get(schedulerActor)?.cell.snapshot() ?? null))
      void models.byName[name]?.residency?.load(sequences, signal);
    signal.addEventListener("abort", host.interrupt);
    if (signal.aborted) host.interrupt();
    else host.start();
    watch?.(() => progressOf(state.roster.get(workflowActor)?.cell.snapshot() ?? null));
    const end = await host.end
      .catch(tooLargeForNats)
      .finally(() => signal.removeEventListener("abort", host.interrupt));
    await group.close(end.type === "finished");
    learnFrom({ log, ledger }, run, basis.plan);
    return end;
  } finally {
    unwatch?.();
    await Promise.allSettled([models.close(), bus.close(), group.close(false)]);
  }
};

const headerOf = (log: EventLog, run: RunId): HeaderRow => {
  const row = log.summary(run)?.first.row;
  if (row?.type === "header") return row;
  throw new SwarmError("NO_SUCH_RUN", `there is no run ${run}; \`swarm runs\` lists them`);
};

// What the server lost or denied for a while is sent again; these can only get worse.
const isFatal = (status: BusStatus): status is BusStatus & { readonly error: BusError } =>
  status.type === "slowConsumer" ||
  (status.type === "closed" && status.error !== undefined) ||
  (status.type === "error" && status.error.code === "HANDLER_FAILED");

const courierOn = (bus: Bus, nats: string | undefined, deps: Omit<CourierDeps, "bus">) =>
  nats === undefined
    ? localCourier({ ...deps, bus })
    : // Within the process nobody would read the context of a trace.
      acknowledgedCourier({ ...deps, bus, headersOf: traceHeaders(deps.run) });

/** What the server does not carry is its limit and no fault of the run, which goes on without it. */
const tooLargeForNats = (cause: unknown): never => {
  if (!(cause instanceof BusError) || cause.code !== "PAYLOAD_TOO_LARGE") throw cause;
  throw new SwarmError(
    "NO_NATS",
    "a message is larger than the NATS server takes; raise its max_payload, or go on without --nats",
    { cause },
  );
};

const openBus = async (nats: string | undefined): Promise<Bus> => {
  if (nats === undefined) return memoryBus({ maxPayloadBytes: Number.POSITIVE_INFINITY });
  try {
    return await natsBus({ url: nats, name: "swarm" });
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    throw new SwarmError("NO_NATS", cause.message, { cause });
  }
};
