import type { FairConfig } from "../config.ts";
import { nextInTurn } from "../fair-queue.ts";
import { freeBytes, holdingOf, neededBytes, sequencesIn } from "../memory.ts";
import { hasRoomBeside, isKeptBack, isPressing, mayAskAgain } from "../kept-back.ts";
import { missing } from "../missed.ts";
import { floorOf, placementFor } from "../placement.ts";
import type { Move, Policy, View } from "../policy.ts";
import {
  freeSequence,
  isIdle,
  isWanted,
  managedModels,
  modelOf,
  type Switching,
  type Waiting,
} from "../state.ts";

export const FAIR_DEFAULTS: FairConfig = { quantumMs: 30_000, drainMs: 1_000, lingerMs: 250, gatherMs: 5 };

const QUANTUM = "quantum";
const DRAIN = "drain";
const LINGER = "linger";
const GATHER = "gather";

/**
 * Agents share each model by start-time fair queueing. Models that fit into the memory together are served together; of
 * those that do not, the one that has waited longest comes in at the end of each quantum, with all that fit beside it.
 * `docs/inference.md` has the bound on waiting that follows, and its proof.
 */
export const fair = (config: Partial<FairConfig> = {}): Policy => {
  const spans = { ...FAIR_DEFAULTS, ...config };
  return { next: (view) => grant(view) ?? residency(spans, view) };
};

const grant = (view: View): Move | undefined => {
  const waiting = Object.keys(view.state.models)
    .flatMap((name) => nextOf(view, name) ?? [])
    .reduce<Waiting | undefined>(
      (best, each) => (best === undefined || each.arrival < best.arrival ? each : best),
      undefined,
    );
  return waiting === undefined ? undefined : { type: "grant", waiting };
};

const nextOf = ({ config, state, mayStart }: View, name: string): Waiting | undefined => {
  const model = modelOf(state, name);
  if (model === undefined || !isWanted(model)) return undefined;
  if (state.switching?.outgoing.includes(name) === true || freeSequence(state, name) === undefined)
    return undefined;
  const [paused] = model.paused;
  if (paused !== undefined || !mayStart) return paused;
  return isKeptBack(config, state, name) ? nextInTurn(model, isPressing) : nextInTurn(model);
};

const residency = (spans: FairConfig, view: View): Move => {
  const { switching } = view.state;
  return switching === null ? decide(spans, view) : carryOut(spans, view, switching);
};

const wait: Move = { type: "wait" };
const phaseOf = ({ state }: View, name: string) => holdingOf(state.memory, name)?.phase;

/** Whether, and when, models have to change. */
const decide = ({ quantumMs, lingerMs, gatherMs }: FairConfig, view: View): Move => {
  const [due, ...later] = missing(view.config, view.state);
  if (due === undefined) return clear(view, QUANTUM, LINGER, GATHER) ?? wait;
  if (inTransit(view)) return wait;
  const timers = view.state.timers;
  if (managedModels(view.config).length > 1) {
    if (timers[GATHER] === undefined) return { type: "startTimer", timer: GATHER, ms: gatherMs };
    if (timers[GATHER] === "running") return wait;
  }
  const incoming = placementFor(view.config, view.state, [due, ...later]);
  const outgoing = managedModels(view.config).filter(
    (name) => phaseOf(view, name) === "resident" && !incoming.includes(name),
  );
  const change: Move = { type: "switch", switching: { outgoing, incoming } };
  if (outgoing.length === 0) return change;
  if (timers[QUANTUM] === "fired") return change;
  const idle = outgoing.every((name) => isIdleModel(view, name));
  if (
    idle &&
    (timers[LINGER] === "fired" || !outgoing.some((name) => mayAskAgain(view.config, view.state, name)))
  )
    return change;
  if (timers[QUANTUM] === undefined) return { type: "startTimer", timer: QUANTUM, ms: quantumMs };
  if (idle && timers[LINGER] === undefined) return { type: "startTimer", timer: LINGER, ms: lingerMs };
  if (!idle && timers[LINGER] !== undefined) return { type: "clearTimer", timer: LINGER };
  return wait;
};

const isIdleModel = ({ state }: View, name: string): boolean => {
  const model = modelOf(state, name);
  return model !== undefined && isIdle(model);
};

const inTransit = ({ state }: View): boolean =>
  Object.values(state.memory.holdings).some(({ phase }) => phase !== "resident");

const clear = ({ state }: View, ...timers: readonly string[]): Move | undefined => {
  const timer = timers.find((each) => state.timers[each] !== undefined);
  return timer === undefined ? undefined : { type: "clearTimer", timer };
};

const carryOut = ({ drainMs }: FairConfig, view: View, { outgoing, incoming }: Switching): Move => {
  const { state } = view;
  const leaving = outgoing.filter((name) => phaseOf(view, name) === "resident");
  const drained = leaving.find((name) => modelOf(state, name)?.running === 0);
  if (drained !== undefined) return { type: "evict", model: drained };
  if (leaving.length > 0) return drain(drainMs, view, leaving);
  if (inTransit(view)) return wait;
  const stop = clear(view, QUANTUM, DRAIN, LINGER, GATHER);
  if (stop !== undefined) return stop;
  const absent = incoming.filter((name) => modelOf(state, name)?.missedSince !== null);
  return load(view, absent) ?? { type: "switch", switching: null };
};

const drain = (drainMs: number, view: View, leaving: readonly string[]): Move => {
  const timer = view.state.timers[DRAIN];
  if (timer === undefined) return { type: "startTimer", timer: DRAIN, ms: drainMs };
  if (timer === "running") return wait;
  for (const name of leaving) {
    if (view.config.models[name]?.pausable !== true) continue;
    const running = Object.values(modelOf(view.state, name)?.inFlight ?? {});
    const call = running.find(({ phase }) => phase === "running");
    if (call !== undefined) return { type: "save", model: name, request: call.request };
  }
  return wait;
};

/** Loads the first of those that are to come in, with a sequence for each agent, and more where memory is left. */
const load = (view: View, absent: readonly string[]): Move | undefined => {
  const { config, state } = view;
  const next = missing(config, state).find((name) => !absent.includes(name));
  const stays = (name: string): number =>
    next !== undefined && hasRoomBeside(config, state, name, next) ? 1 : 0;
  // Last what can stay beside the model that comes next. Then the one with most calls first, of equals the larger one: what has most
  // to compute hides the loads of the others behind it.
  const [first, ...later] = absent
    .map((name) => ({ name, ...floorBytes(view, name), asked: askedOf(view, name) }))
    .sort((a, b) => stays(a.name) - stays(b.name) || b.asked - a.asked || b.bytes - a.bytes);
  const free = freeBytes(state.memory);
  // What a load taught since the choice was made may have made it too large.
  if (first === undefined || first.bytes > free) return undefined;
  const { name, footprint, floor, asked } = first;
  const kept = later.reduce((sum, { bytes }) => sum + bytes, 0);
  const others = keptForOthers(view, absent);
  const concurrency = config.models[name]?.concurrency ?? 1;
  // Models that take turns get what is asked of them now, or they would leave no room for one that fits beside them.
  const most = others.type === "room" ? concurrency : Math.min(concurrency, Math.max(floor, asked));
  const room = free - kept - others.bytes;
  return {
    type: "load",
    model: name,
    sequences: Math.max(floor, sequencesIn(state.memory, name, footprint, room, most)),
  };
};

const askedOf = ({ state }: View, name: string): number => {
  const model = modelOf(state, name);
  return (model?.lane.length ?? 0) + (model?.paused.length ?? 0);
};

const floorBytes = ({ config, state }: View, name: string) => {
  const footprint = config.models[name]?.footprint ?? { baseBytes: 0, sequenceBytes: 0 };
  const floor = floorOf(config, state, name, footprint);
  return { footprint, floor, bytes: neededBytes(state.memory, name, footprint, floor) };
};

/** Room for the models of the plan that nobody has asked for yet, if all can be in memory together. */
const keptForOthers = (view: View, absent: readonly string[]): { type: "room" | "turns"; bytes: number } => {
  const sum = (names: readonly string[]): number =>
    names.reduce((total, name) => total + floorBytes(view, name).bytes, 0);
  const bytes = sum(
    managedModels(view.config).filter((name) => phaseOf(view, name) === undefined && !absent.includes(name)),
  );
  return bytes + sum(absent) <= freeBytes(view.state.memory)
    ? { type: "room", bytes }
    : { type: "turns", bytes: 0 };
};
