import type { Effect } from "../coordination/protocol/effect.ts";
import type { ActorId } from "../coordination/protocol/ids.ts";
import type {
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
  emptyLedger,
  fit,
  type Ledger,
  reserve,
  settle,
  worstCaseTokens,
} from "./budget.ts";
import { failureOf } from "./model.ts";
import { emptyLane, join, type Lane, leave } from "./lane.ts";

export type SchedulerConfig = {
  /** By the names of the plan. `concurrency`: how many calls of the model may be in flight. */
  readonly models: Readonly<Record<string, { readonly concurrency: number }>>;
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
/** A request that the engine works on, and the tokens set aside for it. */
type InFlight = { readonly replyTo: ActorId; readonly tokens: number };

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
  const name = Object.keys(state.models).find(
    (key) => modelOf(state, key)?.inFlight[message.request] !== undefined,
  );
  const model = name === undefined ? undefined : modelOf(state, name);
  const call = model?.inFlight[message.request];
  // An answer that was seen before, or that nobody asked for.
  if (name === undefined || model === undefined || call === undefined) return { state, effects: [] };
  const { [message.request]: _, ...inFlight } = model.inFlight;
  const usage = message.type === "inference.completed" ? message.reply.usage : undefined;
  const settled = {
    ...withModel(state, name, { ...model, inFlight, running: model.running - 1 }),
    ledger: settle(state.ledger, call.tokens, usage),
  };
  return startWhatFits(config, settled, [{ type: "send", to: call.replyTo, body: message }]);
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
    const tokens = worstCaseTokens(body);
    const room = fit(state.ledger, config.budget, tokens);
    if (room.type === "wait") return { state: { ...next.state, parked: next.waiting }, effects };
    if (room.type === "never") {
      effects.push(refuse(next.waiting, failureOf("BUDGET_SPENT", room.message)));
      state = next.state;
    } else {
      effects.push({ type: "generate", request, body });
      state = started(next.state, body.model, request, { replyTo, tokens });
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
    ledger: reserve(state.ledger, call.tokens),
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
