import { join, resolve } from "node:path";
import type { RunEnd } from "../../actors/runtime/host.ts";
import { systemClock } from "../../actors/runtime/clock.ts";
import { openLmdbLog } from "../../coordination/log/lmdb.ts";
import { memoryLog } from "../../coordination/log/memory.ts";
import type { EventLog, StoredRow } from "../../coordination/log/log.ts";
import { exitCodes, SwarmError, type ExitCode } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import type { Json } from "../../coordination/protocol/json.ts";
import { loadDefinition, type TaskDefinition } from "../task/load-value.ts";
import type { LoadedTask } from "../task/load.ts";
import { agentCharts } from "./cast.ts";
import { refuseCommands } from "./commands.ts";
import { storesIn, storesInMemory } from "./coordinator.ts";
import { createRun, newRunId, type Records, type RunProcess } from "./create.ts";
import { findRun } from "./home.ts";
import { workInFlight } from "./in-flight.ts";
import { ledgerIn, ledgerInMemory } from "./ledger.ts";
import {
  aBoolean,
  aHome,
  aMeter,
  anObject,
  aSignal,
  aString,
  requireKind,
  requireOptions,
} from "./library-arguments.ts";
import { driveRun, type DriveOptions } from "./live.ts";
import type { Metrics } from "./metrics.ts";
import { packageVersion } from "./package.ts";
import { passOver, replayRun, type RunReplay } from "./recorded.ts";
import { rulingOn } from "./rule.ts";
import { requireSecrets, type Environment } from "./secrets.ts";
import { prepareHome } from "./settings.ts";
import { taskCacheInMemory } from "./task-cache.ts";

export type SwarmOptions = {
  /** The folder that runs are recorded in; `false` keeps them in memory only. Default: `.swarm` in the current folder. */
  readonly home?: string | false;
  /** Folder that the paths of tasks in code resolve from. Default: the current one. */
  readonly cwd?: string;
  /** Put runs on this NATS server. Default: a bus inside this process. */
  readonly nats?: string;
  /** Where the secrets of remote models come from. Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Measures all runs, as `openMetrics` gives it. Default: nothing is measured. */
  readonly metrics?: Metrics;
};

export type RunOptions = {
  /** Inputs by name, as text: of a file its path, of `json` what `JSON.stringify` gives. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Whether the programs that the task names may be run. Default: no, and a task that names some is refused. */
  readonly allowCommands?: boolean;
  /** Stops the run between two turns; `resume` goes on with it. */
  readonly signal?: AbortSignal;
};

/** How a run ended. `interrupted` runs can be resumed. */
export type RunOutcome = {
  readonly run: string;
  readonly outcome: string;
  /** The exit code that the command line would end with. */
  readonly exit: ExitCode;
  readonly outputs: Readonly<Record<string, Json>>;
  readonly message?: string;
  /** Decisions that wait for `approve`, where the outcome is `waiting`. */
  readonly waiting?: readonly string[];
};

/** A home folder with runs in it. Close it when done. */
export type Swarm = {
  /** Runs a task to its end. Throws `SwarmError` for a bad task, a bad input or a broken world. */
  run(task: TaskDefinition, options?: RunOptions): Promise<RunOutcome>;
  resume(run: string, options?: Pick<RunOptions, "signal" | "allowCommands">): Promise<RunOutcome>;
  /** A person's word on a decision that waits for it; `resume` goes on by it. Throws `BAD_USAGE` where none waits. */
  approve(run: string, decision: string, option: string, reason?: string): Promise<void>;
  /** Re-executes a run from its record and compares. */
  replay(run: string): RunReplay;
  /** The rows of a run, in order. */
  rows(run: string): Iterable<StoredRow>;
  /** Interrupts the runs in flight, which can be resumed, and resolves once they have let go of the folder. */
  close(): Promise<void>;
};

/** Opens a home folder, made if need be. Throws `HOME_UNUSABLE`, or `BAD_USAGE` for an option of another type. */
export const openSwarm = (options: SwarmOptions = {}): Swarm => {
  requireOptions("openSwarm", options, swarmOptions);
  const { home = ".swarm", cwd = process.cwd(), nats, environment = process.env, metrics } = options;
  const folder = home === false ? undefined : prepareHome(resolve(cwd, home));
  const diagnostics = metrics?.diagnostics;
  const log = folder === undefined ? memoryLog() : openLmdbLog({ dir: join(folder, "log"), diagnostics });
  const ledger = folder === undefined ? ledgerInMemory() : ledgerIn(folder);
  const stores = folder === undefined ? storesInMemory() : storesIn(folder);
  const charts = agentCharts();
  const cache = taskCacheInMemory();
  const version = packageVersion();
  const secret: Environment = (name) => environment[name];
  const where = { environment: secret, ...(nats === undefined ? {} : { nats }) };
  const settings = { log, ledger, stores, charts, version, metrics, home: folder, ...where };
  const inFlight = workInFlight();
  let closed: Promise<unknown> | undefined;
  // A closed store cannot be told from a damaged one by what reading it throws.
  const requireOpen = () => {
    if (closed !== undefined)
      throw new SwarmError("BAD_USAGE", "this swarm is closed; open it again with openSwarm");
  };
  const drive = async (
    run: RunId,
    options: Pick<DriveOptions, "signal" | "allowCommands" | "isResumed">,
  ): Promise<RunOutcome> => outcomeOf(run, await driveRun({ ...settings, run, ...options }));
  return {
    run: async (task, options = {}) => {
      requireOpen();
      requireOptions("run", options, runOptions);
      const { inputs = {}, allowCommands = false } = options;
      return inFlight.add(options.signal, async (signal) => {
        const loaded = await loadDefinition(task, { inputs, cwd, cache });
        if (!allowCommands) refuseCommands(loaded.plan);
        requireSecrets(loaded.plan, secret);
        requireOpen();
        const run = newRunId(new Date());
        return leased(log, run, async () => {
          await begin({ log, ledger }, run, loaded, { version, nats });
          return drive(run, { signal, allowCommands }).catch(recordedAs(run));
        });
      });
    },
    resume: async (words, options = {}) => {
      requireOpen();
      requireOptions("resume", options, resumeOptions);
      const { allowCommands = false } = options;
      const run = findRun(log, words);
      return inFlight.add(options.signal, (signal) =>
        leased(log, run, () => drive(run, { signal, allowCommands, isResumed: true })),
      );
    },
    approve: async (words, decision, option, reason) => {
      requireOpen();
      requireKind("decision", decision, aString);
      requireKind("option", option, aString);
      if (reason !== undefined) requireKind("reason", reason, aString);
      const run = findRun(log, words);
      const atUs = systemClock().nowUs();
      await inFlight.add(undefined, () =>
        leased(log, run, () => rulingOn(log, run, { decision, option, reason, version, atUs })),
      );
    },
    replay: (words) => {
      requireOpen();
      return replayRun(log, findRun(log, words, passOver));
    },
    rows: (words) => {
      requireOpen();
      return log.read(findRun(log, words));
    },
    close: async () => {
      closed ??= inFlight.stop().then(() => Promise.all([log.close(), ledger.close()]));
      await closed;
    },
  };
};

const swarmOptions = {
  home: aHome,
  cwd: aString,
  nats: aString,
  environment: anObject,
  metrics: aMeter,
};
const resumeOptions = { signal: aSignal, allowCommands: aBoolean };
const runOptions = { ...resumeOptions, inputs: anObject };

/** Who gets an error has no outcome that names the run, which is there and can go on. */
const recordedAs =
  (run: RunId) =>
  (cause: unknown): never => {
    if (!(cause instanceof SwarmError)) throw cause;
    throw new SwarmError(
      cause.code,
      `${cause.message}\nthe run is recorded as ${run}; go on with: resume("${run}")`,
      { cause },
    );
  };

const begin = (
  records: Records,
  run: RunId,
  { plan, source }: Pick<LoadedTask, "plan" | "source">,
  by: RunProcess,
): Promise<void> => createRun(records, run, plan, { ...source, path: null }, by);

const leased = async <Result>(log: EventLog, run: RunId, use: () => Promise<Result>): Promise<Result> => {
  const lease = log.lease(run);
  try {
    return await use();
  } finally {
    lease.release();
  }
};

const outcomeOf = (run: RunId, end: RunEnd): RunOutcome => {
  if (end.type === "interrupted") return { run, outcome: "interrupted", exit: 130, outputs: {} };
  if (end.type === "waiting")
    return { run, outcome: "waiting", exit: exitCodes.waiting, outputs: {}, waiting: end.decisions };
  const { outcome, exit, outputs, message } = end.row;
  return { run, outcome, exit, outputs, ...(message === undefined ? {} : { message }) };
};
