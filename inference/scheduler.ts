import type { Effect } from "../coordination/protocol/effect.ts";
import { invariant } from "../coordination/protocol/invariant.ts";
import type { Message } from "../coordination/protocol/message.ts";
import type { Step, Turn } from "../coordination/protocol/step.ts";
import { admit } from "./scheduling/admission.ts";
import { answerAttempt, answerGrant, answerResidency } from "./scheduling/answers.ts";
import { mark } from "./scheduling/missed.ts";
import { perform } from "./scheduling/moves.ts";
import { policyOf } from "./scheduling/policies/choose.ts";
import type { Policy } from "./scheduling/policy.ts";
import type { SchedulerConfig } from "./scheduling/config.ts";
import type { SchedulerState } from "./scheduling/state.ts";
import { deadlineOf, withdrawRequest } from "./scheduling/withdrawal.ts";

/** More moves than this in one step would be a policy that goes round in circles. */
const MOST_MOVES = 100_000;

/**
 * The `scheduler` actor. It answers each `inference.requested` exactly once, to its `replyTo`, provided that the engine
 * answers what it is asked; never grants more memory or tokens than there are; and leaves to the policy who goes next and
 * which models stay.
 */
export const schedulerStep = (config: SchedulerConfig): Step<SchedulerState, Message> => {
  const policy = policyOf(config.policy);
  return (state, message) => {
    const told = listen(config, state, message);
    return told === undefined ? { state, effects: [] } : act(config, policy, told);
  };
};

/** What a message changes by itself; `undefined` if nothing. */
const listen = (
  config: SchedulerConfig,
  state: SchedulerState,
  message: Message,
): Turn<SchedulerState> | undefined => {
  switch (message.type) {
    case "inference.requested":
      return admit(config, state, message);
    case "inference.cancelled":
      return withdrawRequest(state, message.request, "cancelled");
    case "inference.completed":
    case "inference.failed":
    case "inference.paused":
      return answerGrant(config, state, message);
    case "inference.attempted":
      return answerAttempt(state, message);
    case "model.loaded":
    case "model.failed":
    case "model.evicted":
      return answerResidency(config, state, message);
    case "timer.fired": {
      const request = deadlineOf(message.timer);
      if (request !== undefined) return withdrawRequest(state, request, "deadline");
      if (state.timers[message.timer] !== "running") return undefined;
      return { state: { ...state, timers: { ...state.timers, [message.timer]: "fired" } }, effects: [] };
    }
    default:
      // A requester that is gone (`delivery.failed`) changes nothing here: its call runs to the end and is paid.
      return undefined;
  }
};

/** Asks the policy what to do, and does it, until it waits. */
const act = (config: SchedulerConfig, policy: Policy, told: Turn<SchedulerState>): Turn<SchedulerState> => {
  const effects: Effect[] = [...told.effects];
  let state = told.state;
  let mayStart = true;
  for (let moves = 0; ; moves++) {
    invariant(moves < MOST_MOVES, "the policy of the scheduler goes round in circles");
    state = mark(config, state);
    const move = policy.next({ config, state, mayStart });
    if (move.type === "wait") return { state, effects };
    const made = perform(config, state, move);
    if (made.type === "blocked") mayStart = false;
    else {
      state = made.state;
      effects.push(...made.effects);
    }
  }
};
