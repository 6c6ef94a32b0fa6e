import { heads } from "../lane.ts";
import { freeBytes, holdingOf, neededBytes, sequencesIn } from "../memory.ts";
import type { Move, Policy, View } from "../policy.ts";
import {
  freeSequence,
  isIdle,
  managedModels,
  modelOf,
  type SchedulerState,
  servedCost,
  type Waiting,
} from "../state.ts";

export type InOrderConfig = {
  /** `tokens`: the agent that was served the fewest comes first. */
  readonly order: "arrival" | "tokens";
  /** Whether the first also holds up the others while all sequences of its model are taken. */
  readonly strict: boolean;
  /** Whether requests for models that are there go on while another waits for its own. It may then wait for ever. */
  readonly overtaking?: boolean;
  /** Which of the models that work on nothing leaves first. */
  readonly victims: "least-recent" | "by-name";
  /** Sequences a model; default: its concurrency. */
  readonly slots?: number;
  /** How long a model that nobody uses stays. Default: until its memory is needed. */
  readonly keepAliveMs?: number;
};

/**
 * Policies that serve requests one after the other. A request whose model must be loaded first holds up all that come
 * after it, unless they may overtake: else the models that are there would never be idle and it would wait for ever.
 */
export const inOrder = (config: InOrderConfig): Policy => ({
  next: (view) => {
    const move = serve(config, view);
    return move.type === "wait" ? (keepAlive(config, view) ?? move) : move;
  },
});

const serve = (config: InOrderConfig, view: View): Move => {
  for (const waiting of waitingInOrder(config, view)) {
    const name = waiting.body.model;
    const phase = holdingOf(view.state.memory, name)?.phase;
    if (phase === undefined || phase === "evicting") {
      const move = makeRoom(config, view, name);
      if (move.type !== "wait" || config.overtaking !== true) return move;
    }
    if (phase === "resident" && hasRoom(config, view.state, name)) return { type: "grant", waiting };
    if (config.strict) break;
  }
  return { type: "wait" };
};

const waitingInOrder = (config: InOrderConfig, { state, mayStart }: View): readonly Waiting[] => {
  const rank = ({ arrival, body }: Waiting): number =>
    config.order === "arrival" ? arrival : servedCost(state, body.agent);
  return Object.values(state.models)
    .flatMap(({ lane, paused }) => [...paused, ...(mayStart ? heads(lane) : [])])
    .sort((a, b) => rank(a) - rank(b) || a.arrival - b.arrival);
};

const slotsOf = (config: InOrderConfig, { config: { models } }: View, name: string): number => {
  const concurrency = models[name]?.concurrency ?? 1;
  return Math.min(config.slots ?? concurrency, concurrency);
};

const hasRoom = (config: InOrderConfig, state: SchedulerState, name: string): boolean =>
  freeSequence(state, name) !== undefined &&
  (modelOf(state, name)?.running ?? 0) < (config.slots ?? Number.POSITIVE_INFINITY);

const makeRoom = (config: InOrderConfig, view: View, name: string): Move => {
  const { memory } = view.state;
  const footprint = view.config.models[name]?.footprint;
  const holdings = Object.values(memory.holdings);
  if (footprint === undefined || holdings.some(({ phase }) => phase === "evicting")) return { type: "wait" };
  const alone = sequencesIn(memory, name, footprint, memory.budgetBytes, slotsOf(config, view, name));
  const needed = neededBytes(memory, name, footprint, alone);
  const free = freeBytes(memory);
  if (needed <= free) return { type: "load", model: name, sequences: alone };
  const idle = managedModels(view.config)
    .filter((each) => isResident(view, each) && modelOf(view.state, each)?.running === 0)
    .sort((a, b) => rankOf(config, view.state, a, b));
  const [victim] = idle;
  const freed = idle.reduce((sum, each) => sum + (holdingOf(memory, each)?.bytes ?? 0), free);
  // To send one away that leaves too little room for this would only make it come back.
  return victim === undefined || freed < needed ? { type: "wait" } : { type: "evict", model: victim };
};

const isResident = ({ state }: View, name: string): boolean =>
  holdingOf(state.memory, name)?.phase === "resident";

const rankOf = ({ victims }: InOrderConfig, state: SchedulerState, a: string, b: string): number =>
  victims === "least-recent"
    ? (modelOf(state, a)?.usedAt ?? 0) - (modelOf(state, b)?.usedAt ?? 0)
    : a < b
      ? -1
      : 1;

const timerOf = (name: string): string => `idle/${name}`;

/** Sends away what was idle for long enough. */
const keepAlive = ({ keepAliveMs }: InOrderConfig, { config, state }: View): Move | undefined => {
  if (keepAliveMs === undefined) return undefined;
  for (const name of managedModels(config)) {
    const model = modelOf(state, name);
    const timer = timerOf(name);
    const status = state.timers[timer];
    const rests = model !== undefined && isIdle(model) && holdingOf(state.memory, name)?.phase === "resident";
    if (rests && status === undefined) return { type: "startTimer", timer, ms: keepAliveMs };
    if (!rests && status !== undefined) return { type: "clearTimer", timer };
    if (rests && status === "fired") return { type: "evict", model: name };
  }
  return undefined;
};
