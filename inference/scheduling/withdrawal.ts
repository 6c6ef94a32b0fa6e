import type { Effect } from "../../coordination/protocol/effect.ts";
import type { InferenceFailure, Usage } from "../../coordination/protocol/inference-messages.ts";
import type { Turn } from "../../coordination/protocol/step.ts";
import { withMember } from "../../coordination/protocol/record.ts";
import { settle } from "../budget.ts";
import { failureOf } from "../model.ts";
import { correct } from "./fair-queue.ts";
import { everyone, withdraw } from "./lane.ts";
import { refuse } from "./replies.ts";
import { modelOf, type Call, type SchedulerState, type Waiting, withModel, withServed } from "./state.ts";

const DEADLINE = "deadline/";

export const deadlineTimer = (request: string): string => `${DEADLINE}${request}`;

/** The request whose deadline a timer is. */
export const deadlineOf = (timer: string): string | undefined =>
  timer.startsWith(DEADLINE) ? timer.slice(DEADLINE.length) : undefined;

/** Whoever waits for this request is told now; one that runs holds its grant until the engine lets go of it. */
export const withdrawRequest = (
  state: SchedulerState,
  request: string,
  why: "cancelled" | "deadline",
): Turn<SchedulerState> | undefined => {
  const found = find(state, request);
  if (found === undefined) return undefined;
  const told =
    why === "cancelled"
      ? [...farewell(found.waiting), refuse(found.waiting, failureOf("ABORTED", "the request was withdrawn"))]
      : // A deadline that is over has no timer left.
        [refuse(found.waiting, tooLate(found))];
  switch (found.type) {
    case "waiting":
      return { state: leaveLane(state, found.waiting), effects: told };
    case "paused":
      return {
        state: dropPaused(state, found.waiting),
        effects: [{ type: "abortGeneration", request }, ...told],
      };
    case "running":
      return {
        state: abort(state, found.waiting),
        effects: [{ type: "abortGeneration", request }, ...told],
      };
  }
};

const tooLate = ({ type, waiting: { deadlineMs = 0, body } }: Found): InferenceFailure => {
  const was = type === "running" ? "was still at work" : type === "paused" ? "was paused" : "still waited";
  const message = `the call of ${body.model} ${was} at its deadline of ${deadlineMs} ms; raise the deadline, or the call's priority`;
  return failureOf("TIMEOUT", message);
};

/** Fails all that wait for a model, those that were paused as well. */
export const failAll = (
  state: SchedulerState,
  name: string,
  failure: InferenceFailure,
): Turn<SchedulerState> => {
  const model = modelOf(state, name);
  const effects: Effect[] = [];
  let after = state;
  for (const call of model?.paused ?? []) {
    effects.push(
      { type: "abortGeneration", request: call.request },
      ...farewell(call),
      refuse(call, failure),
    );
    after = dropPaused(after, call);
  }
  for (const waiting of model === undefined ? [] : everyone(model.lane)) {
    effects.push(...farewell(waiting), refuse(waiting, failure));
    after = leaveLane(after, waiting);
  }
  return { state: after, effects };
};

/** What ends with a request, however it ends. */
export const farewell = ({ request, deadlineMs }: Waiting): readonly Effect[] =>
  deadlineMs === undefined ? [] : [{ type: "cancelTimer", timer: deadlineTimer(request) }];

export const leaveLane = (state: SchedulerState, { request, body }: Waiting): SchedulerState => {
  const model = modelOf(state, body.model);
  return model === undefined
    ? state
    : withModel(state, body.model, {
        lane: withdraw(model.lane, body.agent, (each) => each.request === request),
      });
};

type Found =
  | { readonly type: "waiting"; readonly waiting: Waiting }
  | { readonly type: "paused" | "running"; readonly waiting: Call };

const find = (state: SchedulerState, request: string): Found | undefined => {
  for (const model of Object.values(state.models)) {
    const running = Object.hasOwn(model.inFlight, request) ? model.inFlight[request] : undefined;
    // Its requester was told already.
    if (running?.phase === "aborting") return undefined;
    if (running !== undefined) return { type: "running", waiting: running };
    const paused = model.paused.find((each) => each.request === request);
    if (paused !== undefined) return { type: "paused", waiting: paused };
    const waiting = everyone(model.lane).find((each) => each.request === request);
    if (waiting !== undefined) return { type: "waiting", waiting };
  }
  return undefined;
};

const abort = (state: SchedulerState, call: Call): SchedulerState => {
  const model = modelOf(state, call.body.model);
  return withModel(state, call.body.model, {
    inFlight: withMember<Call>(model?.inFlight ?? {}, call.request, { ...call, phase: "aborting" }),
  });
};

const dropPaused = (state: SchedulerState, call: Call): SchedulerState => {
  const model = modelOf(state, call.body.model);
  return closed(
    withModel(state, call.body.model, {
      paused: model?.paused.filter(({ request }) => request !== call.request) ?? [],
    }),
    call,
    undefined,
  );
};

/** Ends the account of a call that is nowhere any more: its tokens go back, and its agent is charged what it used. */
export const closed = (
  state: SchedulerState,
  { body: { agent, model: name }, held, charged, weight }: Call,
  used: { readonly usage: Usage | undefined; readonly cost?: number } | undefined,
): SchedulerState => {
  const model = modelOf(state, name);
  if (model === undefined) return state;
  const difference = ((used?.cost ?? charged) - charged) / weight;
  const settled = { ...state, ledger: settle(state.ledger, held, used?.usage) };
  if (difference === 0) return settled;
  return withServed(withModel(settled, name, { tags: correct(model, agent, difference) }), agent, difference);
};
