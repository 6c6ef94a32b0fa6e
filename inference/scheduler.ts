import type { Effect } from "../coordination/protocol/effect.ts";
import type { ActorId } from "../coordination/protocol/ids.ts";
import type {
  InferenceAttempted,
  InferenceCompleted,
  InferenceFailed,
  InferenceFailure,
  InferenceRequest,
  InferenceRequested,
} from "../coordination/protocol/inference-messages.ts";
import type { Message } from "../coordination/protocol/message.ts";
import type { Step, Turn } from "../coordination/protocol/step.ts";
import {
  type BudgetLimits,
  charge,
  type Cost,
  emptyLedger,
  fit,
  type Ledger,
  type Price,
  reserve,
  settle,
  timesCost,
  worstCase,
} from "./budget.ts";
import { failureOf } from "./model.ts";
import { emptyLane, join, type Lane, leave } from "./lane.ts";

export type ScheduledModel = {
  /** How many calls of the model may be in flight. */
  readonly concurrency: number;
  /** Absent: it costs nothing. */
  readonly price?: Price;
  /** How often the model itself tries at most where each try may cost; absent: once. */
  readonly tries?: number;
};

export type SchedulerConfig = {
  /** By the names of the plan. */
  readonly models: Readonly<Record<string, ScheduledModel>>;
  readonly budget: BudgetLimits;
  /** Requests that may wait for one model; above it they fail as OVERLOADED. */
  readonly maxQueued?: number;
};

export const DEFAULT_MAX_QUEUED = 1024;

/** A request that has not been started. */
export type Waiting = {
  readonly request: string;
  readonly replyTo: ActorId;
  readonly body: InferenceRequest;
};
/** A request that the engine works on, and what is set aside for it. */
type InFlight = { readonly replyTo: ActorId; readonly held: Cost };

type ModelState = {
  readonly lane: Lane<Waiting>;
  readonly inFlight: Readonly<Record<string, InFlight>>;
  readonly running: number;
};

/** Plain JSON. */
export type SchedulerState = {
  readonly ledger: Ledger;
  readonly models: Readonly<Record<string, ModelState>>;
  /** The model whose turn it is when several could start a call. */
  readonly nextModel: number;
  /**
   * The request that waits for others to give back tokens. Nothing starts before it, or small requests could take
   * the tokens away from a large one for ever.
   */
  readonly parked: Waiting | null;
};

export const emptyScheduler = (config: SchedulerConfig): SchedulerState => ({
  ledger: emptyLedger,
  models: Object.fromEntries(
    Object.keys(config.models).map((name) => [name, { lane: emptyLane, inFlight: {}, running: 0 }]),
  ),
  nextModel: 0,
  parked: null,
});

/**
 * The `scheduler` actor. It answers each `inference.requested` exactly once, to its `replyTo`, provided that each
 * `generate` is answered: agents take turns, within an agent the first comes first, and no call starts that the
 * budget could not pay at its worst.
 */
export const schedulerStep =
  (config: SchedulerConfig): Step<SchedulerState, Message> =>
  (state, message) => {
    switch (message.type) {
      case "inference.requested":
        return requested(config, state, message);
      case "inference.completed":
      case "inference.failed":
        return answered(config, state, message);
      case "inference.attempted":
        return attempted(config, state, message);
      default:
        // A requester that is gone (`delivery.failed`) changes nothing here: its call runs to the end and is paid.
        return { state, effects: [] };
    }
  };

const requested = (
  config: SchedulerConfig,
  state: SchedulerState,
  message: InferenceRequested,
): Turn<SchedulerState> => {
  const { request, body, replyTo } = message;
  const model = modelOf(state, body.model);
  if (model === undefined) {
    const known = Object.keys(state.models).join(", ") || "none";
    const failure = failureOf("MODEL_UNAVAILABLE", `there is no model ${body.model}; the task has ${known}`);
    return { state, effects: [refuse(message, failure)] };
  }
  const maxQueued = config.maxQueued ?? DEFAULT_MAX_QUEUED;
  if (model.lane.length >= maxQueued) {
    const failure = failureOf(
      "OVERLOADED",
      `${maxQueued} requests wait for ${body.model} already; ask again later`,
    );
    return { state, effects: [refuse(message, failure)] };
  }
  const lane = join(model.lane, body.agent, { request, replyTo, body });
  return startWhatFits(config, withModel(state, body.model, { ...model, lane }), []);
};

const answered = (
  config: SchedulerConfig,
  state: SchedulerState,
  message: InferenceCompleted | InferenceFailed,
): Turn<SchedulerState> => {
  const found = callOf(state, message.request);
  // An answer that was seen before, or that nobody asked for.
  if (found === undefined) return { state, effects: [] };
  const { name, model, call } = found;
  const { [message.request]: _, ...inFlight } = model.inFlight;
  const { usage } = message.type === "inference.completed" ? message.reply : message.failure;
  const settled = {
    ...withModel(state, name, { ...model, inFlight, running: model.running - 1 }),
    ledger: settle(state.ledger, call.held, usage),
  };
  return startWhatFits(config, settled, [{ type: "send", to: call.replyTo, body: message }]);
};

/** A try failed and another follows: what it took is spent, and the call goes on with the rest. */
const attempted = (
  config: SchedulerConfig,
  state: SchedulerState,
  { request, failure }: InferenceAttempted,
): Turn<SchedulerState> => {
  const found = callOf(state, request);
  if (found === undefined) return { state, effects: [] };
  const { name, model, call } = found;
  const { ledger, held } = charge(state.ledger, call.held, failure.usage);
  const inFlight = { ...model.inFlight, [request]: { ...call, held } };
  return startWhatFits(config, { ...withModel(state, name, { ...model, inFlight }), ledger }, []);
};

const callOf = (state: SchedulerState, request: string) => {
  for (const [name, model] of Object.entries(state.models)) {
    const call = Object.hasOwn(model.inFlight, request) ? model.inFlight[request] : undefined;
    if (call !== undefined) return { name, model, call };
  }
  return undefined;
};

/** Starts calls, one model after the other, until none can start. */
const startWhatFits = (
  config: SchedulerConfig,
  before: SchedulerState,
  first: readonly Effect[],
): Turn<SchedulerState> => {
  const effects: Effect[] = [...first];
  let state = before;
  for (;;) {
    const next = takeNext(config, state);
    if (next === undefined) return { state, effects };
    const { request, replyTo, body } = next.waiting;
    const { price, tries = 1 } = config.models[body.model] ?? {};
    const cost = worstCase(body, price);
    const room = fit(state.ledger, config.budget, cost, tries);
    if (room.type === "wait") return { state: { ...next.state, parked: next.waiting }, effects };
    if (room.type === "never") {
      effects.push(refuse(next.waiting, failureOf("BUDGET_SPENT", room.message)));
      state = next.state;
    } else {
      effects.push({ type: "generate", request, body, ...(tries > 1 ? { tries: room.tries } : {}) });
      state = started(next.state, body.model, request, { replyTo, held: timesCost(cost, room.tries) });
    }
  }
};

type Next = { readonly waiting: Waiting; readonly state: SchedulerState };

const takeNext = (config: SchedulerConfig, state: SchedulerState): Next | undefined => {
  if (state.parked !== null) return { waiting: state.parked, state: { ...state, parked: null } };
  const names = Object.keys(config.models);
  for (let i = 0; i < names.length; i++) {
    const at = (state.nextModel + i) % names.length;
    const name = names[at] ?? "";
    const model = modelOf(state, name);
    if (model === undefined || model.running >= (config.models[name]?.concurrency ?? 0)) continue;
    const left = leave(model.lane);
    if (left.type === "empty") continue;
    const moved = withModel(state, name, { ...model, lane: left.lane });
    return { waiting: left.item, state: { ...moved, nextModel: (at + 1) % names.length } };
  }
  return undefined;
};

const started = (state: SchedulerState, name: string, request: string, call: InFlight): SchedulerState => {
  const model = modelOf(state, name);
  if (model === undefined) return state;
  return {
    ...withModel(state, name, {
      ...model,
      inFlight: { ...model.inFlight, [request]: call },
      running: model.running + 1,
    }),
    ledger: reserve(state.ledger, call.held),
  };
};

// A model's name comes from a task file, so it may be `constructor`.
const modelOf = (state: SchedulerState, name: string): ModelState | undefined =>
  Object.hasOwn(state.models, name) ? state.models[name] : undefined;

const withModel = (state: SchedulerState, name: string, model: ModelState): SchedulerState => ({
  ...state,
  models: { ...state.models, [name]: model },
});

const refuse = (
  { request, replyTo }: Pick<Waiting, "request" | "replyTo">,
  failure: InferenceFailure,
): Effect => ({
  type: "send",
  to: replyTo,
  body: { type: "inference.failed", request, failure },
});
