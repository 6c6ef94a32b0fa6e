import type { Effect } from "../../coordination/protocol/effect.ts";
import type {
  GrantAnswer,
  InferenceAttempted,
  InferenceReply,
  ModelFailed,
  ModelLoaded,
  ResidencyAnswer,
} from "../../coordination/protocol/inference-messages.ts";
import type { Turn } from "../../coordination/protocol/step.ts";
import { withMember, withoutMember } from "../../coordination/protocol/record.ts";
import { charge } from "../budget.ts";
import { failureOf } from "../model.ts";
import { tooLargeFor } from "./admission.ts";
import { costOf } from "./fair-queue.ts";
import { commit, holdingOf, release } from "./memory.ts";
import { remember } from "./remembered.ts";
import type { SchedulerConfig } from "./config.ts";
import { modelOf, type Call, type SchedulerState, withModel } from "./state.ts";
import { closed, failAll, farewell } from "./withdrawal.ts";

/** How often in a row a model may fail to come into memory before all that wait for it are told. */
export const MAX_FAILED_LOADS = 3;
const NEWEST_PART = 0.1;

/** A call has ended or is paused. `undefined` for an answer that was seen before, or that nobody asked for. */
export const answerGrant = (
  config: SchedulerConfig,
  state: SchedulerState,
  message: GrantAnswer,
): Turn<SchedulerState> | undefined => {
  const call = callOf(state, message.request);
  if (call === undefined) return undefined;
  const freed = withoutCall(state, call);
  if (message.type !== "inference.paused") {
    const reply = message.type === "inference.completed" ? message.reply : undefined;
    const told: readonly Effect[] =
      call.phase === "aborting" ? [] : [...farewell(call), { type: "send", to: call.replyTo, body: message }];
    const used =
      message.type === "inference.completed"
        ? { usage: message.reply.usage, cost: costOf(message.reply.usage) }
        : { usage: message.failure.usage };
    const learned =
      reply === undefined ? freed : remember(config, timed(freed, call, reply), call.body, reply);
    return { state: closed(learned, call, used), effects: told };
  }
  if (call.phase === "aborting") {
    const dropped: Effect = { type: "abortGeneration", request: call.request };
    return { state: closed(freed, call, undefined), effects: [dropped] };
  }
  const paused = [...(modelOf(freed, call.body.model)?.paused ?? []), call];
  return {
    state: withModel(freed, call.body.model, { paused: paused.sort((a, b) => a.arrival - b.arrival) }),
    effects: [],
  };
};

/** A try failed and another follows: what it took is spent, and the call goes on with the rest. */
export const answerAttempt = (
  state: SchedulerState,
  { request, failure }: InferenceAttempted,
): Turn<SchedulerState> | undefined => {
  const call = callOf(state, request);
  const model = call === undefined ? undefined : modelOf(state, call.body.model);
  if (call === undefined || model === undefined) return undefined;
  const { ledger, held } = charge(state.ledger, call.held, failure.usage);
  const inFlight = withMember(model.inFlight, request, { ...call, held });
  return { state: { ...withModel(state, call.body.model, { inFlight }), ledger }, effects: [] };
};

const callOf = (state: SchedulerState, request: string): Call | undefined => {
  for (const { inFlight } of Object.values(state.models))
    if (Object.hasOwn(inFlight, request)) return inFlight[request];
  return undefined;
};

const withoutCall = (state: SchedulerState, { request, body }: Call): SchedulerState => {
  const model = modelOf(state, body.model);
  if (model === undefined) return state;
  const inFlight = withoutMember(model.inFlight, request);
  return withModel(state, body.model, { inFlight, running: model.running - 1 });
};

/** How long calls take, from their own clocks. */
const timed = (state: SchedulerState, { body }: Call, reply: InferenceReply): SchedulerState => {
  const model = modelOf(state, body.model);
  if (model === undefined) return state;
  const ms = Math.max(0, reply.finishedAtUs - reply.startedAtUs) / 1000;
  const meanMs = model.meanMs === 0 ? ms : model.meanMs + NEWEST_PART * (ms - model.meanMs);
  return withModel(state, body.model, { meanMs });
};

/** A model has come into memory, has failed to, or is gone. */
export const answerResidency = (
  config: SchedulerConfig,
  state: SchedulerState,
  message: ResidencyAnswer,
): Turn<SchedulerState> | undefined => {
  const phase = holdingOf(state.memory, message.model)?.phase;
  // Also where the engine failed meanwhile: it is not in memory, and whoever waits for its place would wait for ever.
  const left = () => (phase === "evicting" ? gone(config, state, message.model) : undefined);
  switch (message.type) {
    case "model.loaded":
      return phase === "loading" ? loaded(config, state, message) : undefined;
    case "model.failed":
      return phase === "loading" ? notLoaded(state, message) : left();
    case "model.evicted":
      return left();
  }
};

const loaded = (
  config: SchedulerConfig,
  state: SchedulerState,
  { model, bytes }: ModelLoaded,
): Turn<SchedulerState> => {
  const footprint = config.models[model]?.footprint ?? { baseBytes: 0, sequenceBytes: 0 };
  const committed = commit(state.memory, model, footprint, bytes);
  if (committed.type === "resident") {
    return {
      state: withModel({ ...state, memory: committed.memory }, model, { failedLoads: 0 }),
      effects: [],
    };
  }
  return {
    state: withModel({ ...state, memory: committed.memory }, model, {
      failedLoads: (modelOf(state, model)?.failedLoads ?? 0) + 1,
    }),
    effects: [{ type: "evictModel", model }],
  };
};

const notLoaded = (state: SchedulerState, { model, failure }: ModelFailed): Turn<SchedulerState> => {
  const failedLoads = (modelOf(state, model)?.failedLoads ?? 0) + 1;
  const freed = withModel({ ...state, memory: release(state.memory, model) }, model, { failedLoads });
  return failure.retryable && failedLoads < MAX_FAILED_LOADS
    ? { state: freed, effects: [] }
    : failAll(withModel(freed, model, { failedLoads: 0 }), model, failure);
};

const gone = (config: SchedulerConfig, state: SchedulerState, model: string): Turn<SchedulerState> => {
  const freed = { ...state, memory: release(state.memory, model) };
  const tooLarge = tooLargeFor(config, freed, model);
  if (tooLarge !== undefined) return failAll(withModel(freed, model, { failedLoads: 0 }), model, tooLarge);
  if ((modelOf(state, model)?.failedLoads ?? 0) < MAX_FAILED_LOADS) return { state: freed, effects: [] };
  const failure = failureOf(
    "MODEL_UNAVAILABLE",
    `${model} took more memory than was set aside for it, ${MAX_FAILED_LOADS} times; raise vram`,
  );
  return failAll(withModel(freed, model, { failedLoads: 0 }), model, failure);
};
