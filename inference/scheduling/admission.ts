import type { InferenceFailure, InferenceRequested } from "../../coordination/protocol/inference-messages.ts";
import type { Turn } from "../../coordination/protocol/step.ts";
import { failureOf } from "../model.ts";
import { arrive } from "./fair-queue.ts";
import { join, queueOf } from "./lane.ts";
import { neededBytes } from "./memory.ts";
import { refuse } from "./replies.ts";
import { withRecalled } from "./remembered.ts";
import { pinnedBytes, type SchedulerConfig } from "./config.ts";
import { modelOf, type SchedulerState, withModel } from "./state.ts";
import { deadlineTimer } from "./withdrawal.ts";

export const DEFAULT_MAX_QUEUED = 1024;

/** Takes a request into the queue of its agent, or refuses it at once. */
export const admit = (
  config: SchedulerConfig,
  state: SchedulerState,
  message: InferenceRequested,
): Turn<SchedulerState> => {
  const { request, replyTo, priority = 0, deadlineMs } = message;
  const body = withRecalled(config, state, message.body);
  const model = modelOf(state, body.model);
  const failure = objection(config, state, message);
  if (failure !== undefined || model === undefined) {
    return { state, effects: [refuse(message, failure ?? unknownModel(state, body.model))] };
  }
  const deadline = deadlineMs === undefined ? {} : { deadlineMs };
  const waiting = { request, replyTo, body, priority, ...deadline, arrival: state.count };
  const lane = join(model.lane, body.agent, waiting);
  return {
    state: withModel({ ...state, count: state.count + 1 }, body.model, {
      lane,
      tags: arrive(model, body.agent),
    }),
    effects:
      deadlineMs === undefined
        ? []
        : [{ type: "startTimer", timer: deadlineTimer(request), ms: deadlineMs, clock: "process" }],
  };
};

const unknownModel = ({ models }: SchedulerState, name: string): InferenceFailure => {
  const known = Object.keys(models).join(", ") || "none";
  return failureOf("MODEL_UNAVAILABLE", `there is no model ${name}; the task has ${known}`);
};

const objection = (
  config: SchedulerConfig,
  state: SchedulerState,
  { body: { model: name, agent } }: InferenceRequested,
): InferenceFailure | undefined => {
  const model = modelOf(state, name);
  if (model === undefined) return unknownModel(state, name);
  const tooLarge = tooLargeFor(config, state, name);
  if (tooLarge !== undefined) return tooLarge;
  const queued = queueOf(model.lane, agent).length;
  if (queued < (config.maxQueued ?? DEFAULT_MAX_QUEUED)) return undefined;
  const retryAfterMs = Math.ceil((queued / (config.models[name]?.concurrency ?? 1)) * (model.meanMs || 1000));
  const message = `${queued} requests of ${agent} wait for ${name} already; ask again in ${retryAfterMs} ms`;
  return { ...failureOf("OVERLOADED", message), retryAfterMs };
};

const MIB = 1024 * 1024;

/** Why a model can never be in memory, with the numbers; `undefined` if it can. */
export const tooLargeFor = (
  config: SchedulerConfig,
  { memory }: SchedulerState,
  name: string,
): InferenceFailure | undefined => {
  const { footprint, pinnedBytes: own = 0 } = config.models[name] ?? {};
  const pinned = pinnedBytes(config);
  if (footprint === undefined) return own === 0 ? undefined : pinnedTooLarge(config, pinned);
  const needed = neededBytes(memory, name, footprint, 1);
  if (needed <= memory.budgetBytes) return undefined;
  const beside = pinned === 0 ? "" : ` beside the ${Math.ceil(pinned / MIB)} MiB of models that never leave`;
  const numbers = `${Math.ceil(needed / MIB)} MiB with one context, and ${Math.floor(memory.budgetBytes / MIB)} MiB may be used${beside}`;
  return failureOf("MODEL_UNAVAILABLE", `${name} needs ${numbers}; raise vram, or lower the model's context`);
};

const pinnedTooLarge = (
  { memoryBytes = Number.POSITIVE_INFINITY }: SchedulerConfig,
  pinned: number,
): InferenceFailure | undefined => {
  if (pinned <= memoryBytes) return undefined;
  const numbers = `${Math.ceil(pinned / MIB)} MiB, and ${Math.floor(memoryBytes / MIB)} MiB may be used`;
  return failureOf(
    "MODEL_UNAVAILABLE",
    `the models that never leave need ${numbers}; raise vram, or name fewer of them`,
  );
};
