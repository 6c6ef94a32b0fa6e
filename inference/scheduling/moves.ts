import type { Effect } from "../../coordination/protocol/effect.ts";
import { invariant } from "../../coordination/protocol/invariant.ts";
import { withMember } from "../../coordination/protocol/record.ts";
import { fit, reserve as reserveCost, timesCost, worstCase } from "../budget.ts";
import { failureOf } from "../model.ts";
import { charge, expectedCost } from "./fair-queue.ts";
import { heads, leave } from "./lane.ts";
import { neededBytes, reserve, retire } from "./memory.ts";
import type { Move } from "./policy.ts";
import { refuse } from "./replies.ts";
import type { SchedulerConfig } from "./config.ts";
import {
  freeSequence,
  modelOf,
  type Call,
  type SchedulerState,
  type Waiting,
  withModel,
  withServed,
} from "./state.ts";
import { farewell } from "./withdrawal.ts";

export type Made =
  | { readonly type: "made"; readonly state: SchedulerState; readonly effects: readonly Effect[] }
  /** Calls in flight must give back tokens of the budget first. */
  | { readonly type: "blocked" };

/** Does what the policy wants done. A move that is not possible is a bug of the policy. */
export const perform = (
  config: SchedulerConfig,
  state: SchedulerState,
  move: Exclude<Move, { type: "wait" }>,
): Made => {
  switch (move.type) {
    case "grant":
      return grant(config, state, move.waiting);
    case "load":
      return load(config, state, move.model, move.sequences);
    case "evict":
      invariant(modelOf(state, move.model)?.running === 0, `${move.model} has calls in flight`);
      return made({ ...state, memory: retire(state.memory, move.model) }, [
        { type: "evictModel", model: move.model },
      ]);
    case "save":
      return save(state, move.model, move.request);
    case "switch":
      return made(
        {
          ...state,
          switching: move.switching,
          ...(move.switching === null ? {} : { changedAt: state.count }),
        },
        [],
      );
    case "startTimer":
      return made({ ...state, timers: { ...state.timers, [move.timer]: "running" } }, [
        { type: "startTimer", timer: move.timer, ms: move.ms, clock: "process" },
      ]);
    case "clearTimer": {
      const { [move.timer]: status, ...timers } = state.timers;
      const cancelled: readonly Effect[] =
        status === "running" ? [{ type: "cancelTimer", timer: move.timer }] : [];
      return made({ ...state, timers }, cancelled);
    }
  }
};

const made = (state: SchedulerState, effects: readonly Effect[]): Made => ({ type: "made", state, effects });

const grant = (config: SchedulerConfig, state: SchedulerState, waiting: Waiting): Made => {
  const { request, body } = waiting;
  const model = modelOf(state, body.model);
  const sequence = freeSequence(state, body.model);
  invariant(model !== undefined && sequence !== undefined, `${body.model} has no room for ${request}`);
  const counted = { ...state, count: state.count + 1 };
  const paused = model.paused.find((each) => each.request === request);
  if (paused !== undefined) {
    const rest = model.paused.filter((each) => each !== paused);
    const call: Call = { ...paused, sequence, phase: "running" };
    return start(
      withModel(counted, body.model, { paused: rest, usedAt: state.count }),
      call,
      "restoreSequence",
    );
  }
  invariant(heads(model.lane).includes(waiting), `${request} is not the first of its agent`);
  const lane = leave(model.lane, body.agent);
  const { price, tries = 1 } = config.models[body.model] ?? {};
  const cost = worstCase(body, price);
  const room = fit(state.ledger, config.budget, cost, tries);
  if (room.type === "wait") return { type: "blocked" };
  if (room.type === "never") {
    return made(withModel(state, body.model, { lane }), [
      ...farewell(waiting),
      refuse(waiting, failureOf("BUDGET_SPENT", room.message)),
    ]);
  }
  const charged = expectedCost(body);
  const weight = weightOf(config, body.agent);
  const held = timesCost(cost, room.tries);
  const paid = tries > 1 ? { tries: room.tries } : {};
  const call: Call = {
    ...waiting,
    ...paid,
    sequence,
    held,
    tokens: cost.tokens,
    charged,
    weight,
    phase: "running",
  };
  const charging = {
    lane,
    grants: model.grants + 1,
    usedAt: state.count,
    ...charge(model, body.agent, charged / weight),
  };
  const spent = { ...counted, ledger: reserveCost(state.ledger, held) };
  return start(
    withServed(withModel(spent, body.model, charging), body.agent, charged / weight),
    call,
    "generate",
  );
};

const weightOf = ({ weights = {} }: SchedulerConfig, agent: string): number =>
  Object.hasOwn(weights, agent) ? (weights[agent] ?? 1) : 1;

const start = (state: SchedulerState, call: Call, type: "generate" | "restoreSequence"): Made => {
  const { request, body, sequence, tokens, tries, priority } = call;
  const model = modelOf(state, body.model);
  invariant(model !== undefined && !Object.hasOwn(model.inFlight, request), `${request} runs already`);
  return made(
    withModel(state, body.model, {
      inFlight: withMember(model.inFlight, request, call),
      running: model.running + 1,
    }),
    [
      {
        type,
        request,
        body,
        grant: { model: body.model, sequence, tokens },
        ...(priority === 0 ? {} : { priority }),
        ...(tries === undefined ? {} : { tries }),
      },
    ],
  );
};

const load = (config: SchedulerConfig, state: SchedulerState, name: string, sequences: number): Made => {
  const footprint = config.models[name]?.footprint;
  invariant(footprint !== undefined, `${name} takes no memory and is not loaded`);
  const bytes = neededBytes(state.memory, name, footprint, sequences);
  const memory = reserve(state.memory, name, sequences, bytes);
  return made({ ...state, memory }, [{ type: "loadModel", model: name, sequences, bytes }]);
};

const save = (state: SchedulerState, name: string, request: string): Made => {
  const model = modelOf(state, name);
  const call = model?.inFlight[request];
  invariant(model !== undefined && call?.phase === "running", `${request} does not run`);
  const inFlight = withMember<Call>(model.inFlight, request, { ...call, phase: "saving" });
  return made(withModel(state, name, { inFlight }), [{ type: "saveSequence", request }]);
};
