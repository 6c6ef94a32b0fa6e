import type { ActorId } from "../../coordination/protocol/ids.ts";
import type { InferenceRequest } from "../../coordination/protocol/inference-messages.ts";
import { withMember } from "../../coordination/protocol/record.ts";
import { type Cost, emptyLedger, type Ledger } from "../budget.ts";
import { pinnedBytes, type SchedulerConfig } from "./config.ts";
import { emptyLane, type Lane } from "./lane.ts";
import { emptyMemory, holdingOf, type Holding, type MemoryLedger } from "./memory.ts";

/** A request that has not been started. */
export type Waiting = {
  readonly request: string;
  readonly replyTo: ActorId;
  readonly body: InferenceRequest;
  /** Counts requests as they come. */
  readonly arrival: number;
  readonly priority: number;
  /** After so long a timer fails it; absent: none runs. */
  readonly deadlineMs?: number;
};

/** A request that the engine works on, or that is paused. */
export type Call = Waiting & {
  readonly sequence: number;
  /** What of the budget is set aside for it. */
  readonly held: Cost;
  /** The most tokens that one try may take. */
  readonly tokens: number;
  /** How many tries are paid for, where the model makes more than one. */
  readonly tries?: number;
  /** What its agent was charged for it, to be corrected when it ends. */
  readonly charged: number;
  readonly weight: number;
  readonly phase: "running" | "saving" | "aborting";
};

export type ModelState = {
  readonly lane: Lane<Waiting>;
  readonly inFlight: Readonly<Record<string, Call>>;
  readonly running: number;
  readonly paused: readonly Call[];
  /** Start-time fair queueing: the start tag of the last that was started, and the next start tag of each agent. */
  readonly virtualTime: number;
  readonly tags: Readonly<Record<string, number>>;
  /** How many calls it was granted so far. */
  readonly grants: number;
  /** The number of the last grant of it; larger is more recent. */
  readonly usedAt: number;
  /** The number of the event since which someone has waited for it to be loaded. */
  readonly missedSince: number | null;
  /** Loads in a row that did not bring it into memory. */
  readonly failedLoads: number;
  /** Mean time of a call that ended, in milliseconds; 0 until one has. */
  readonly meanMs: number;
};

/** What an agent was asked once, and its last answer to that. */
export type Exchange = { readonly asked: string; readonly answered: string };

export type Switching = { readonly outgoing: readonly string[]; readonly incoming: readonly string[] };

/** Plain JSON. */
export type SchedulerState = {
  readonly ledger: Ledger;
  readonly memory: MemoryLedger;
  readonly models: Readonly<Record<string, ModelState>>;
  /** Counts requests, grants and loads. */
  readonly count: number;
  /** What each agent was charged for its calls so far, by all models. */
  readonly served: Readonly<Record<string, number>>;
  /** What agents that recall were asked and answered, oldest first. Absent: nobody was. */
  readonly remembered?: Readonly<Record<string, readonly Exchange[]>>;
  /** Timers of the policy. */
  readonly timers: Readonly<Record<string, "running" | "fired">>;
  /** A change of models that the policy has under way. */
  readonly switching: Switching | null;
  /** The count at the last such change; what is missed since then is news. Absent: there was none. */
  readonly changedAt?: number;
};

export const emptyScheduler = (config: SchedulerConfig): SchedulerState => {
  const free = Object.entries(config.models).filter(([, { footprint }]) => footprint === undefined);
  const holdings = free.map(([name, { concurrency }]): readonly [string, Holding] => [
    name,
    { phase: "resident", bytes: 0, sequences: concurrency },
  ]);
  return {
    ledger: emptyLedger,
    memory: {
      ...emptyMemory(memoryToShare(config)),
      holdings: Object.fromEntries(holdings),
    },
    models: Object.fromEntries(Object.keys(config.models).map((name) => [name, emptyModel])),
    count: 0,
    served: {},
    timers: {},
    switching: null,
  };
};

/** Bytes that are left for models that come and go. */
const memoryToShare = (config: SchedulerConfig): number =>
  Math.max(0, (config.memoryBytes ?? Number.MAX_SAFE_INTEGER) - pinnedBytes(config));

const emptyModel: ModelState = {
  lane: emptyLane,
  inFlight: {},
  running: 0,
  paused: [],
  virtualTime: 0,
  tags: {},
  grants: 0,
  usedAt: 0,
  missedSince: null,
  failedLoads: 0,
  meanMs: 0,
};

// A model's name comes from a task file, so it may be `constructor`.
export const modelOf = (state: SchedulerState, name: string): ModelState | undefined =>
  Object.hasOwn(state.models, name) ? state.models[name] : undefined;

export const withModel = (
  state: SchedulerState,
  name: string,
  change: Partial<ModelState>,
): SchedulerState => {
  const before = modelOf(state, name);
  return before === undefined
    ? state
    : { ...state, models: withMember(state.models, name, { ...before, ...change }) };
};

// So may an agent's.
export const servedCost = (state: SchedulerState, agent: string): number =>
  Object.hasOwn(state.served, agent) ? (state.served[agent] ?? 0) : 0;

export const withServed = (state: SchedulerState, agent: string, cost: number): SchedulerState => ({
  ...state,
  served: withMember(state.served, agent, servedCost(state, agent) + cost),
});

/** Whether someone waits for the model: a request that was not started, or one that was paused. */
export const isWanted = ({ lane, paused }: ModelState): boolean => lane.length > 0 || paused.length > 0;

export const isIdle = (model: ModelState): boolean => model.running === 0 && !isWanted(model);

/** Names of the models that come and go, in the order of the plan. */
export const managedModels = ({ models }: SchedulerConfig): readonly string[] =>
  Object.keys(models).filter((name) => models[name]?.footprint !== undefined);

/** The first place in the context that no call holds, or `undefined` if none is free. */
export const freeSequence = (state: SchedulerState, name: string): number | undefined => {
  const model = modelOf(state, name);
  const holding = holdingOf(state.memory, name);
  if (model === undefined || holding?.phase !== "resident" || model.running >= holding.sequences)
    return undefined;
  const taken: boolean[] = [];
  for (const { sequence } of Object.values(model.inFlight)) taken[sequence] = true;
  for (let place = 0; place < holding.sequences; place++) if (taken[place] !== true) return place;
  return undefined;
};
