import type { NodeId } from "../../../coordination/raft/types.ts";
import { costOf } from "./moves.ts";
import { openSpace, type Event, type Space } from "./successors.ts";
import type { Setting } from "./setting.ts";

export type Found = {
  readonly why: string;
  /** From the first state on, which is that of a led group where the setting says so; the last of them is where it broke. */
  readonly events: readonly Event[];
};

export type Exploration = {
  readonly states: number;
  readonly events: number;
  /** The longest of the shortest ways to a state. */
  readonly depth: number;
  /** All states were seen. */
  readonly complete: boolean;
  readonly found: Found | null;
};

/**
 * Breadth first, so what it finds is found by a shortest way: every order of all that may happen, up to `statesMax` states.
 */
export const explore = (setting: Setting, statesMax: number, sample: Sampling | null = null): Exploration => {
  const space = openSpace(setting);
  /** Each state that was seen, and one before it. */
  const first = setting.ledBy === undefined ? space.first : led(space, setting.ledBy);
  const seen = new Map<string, string | null>([[first, null]]);
  const isKnown = (state: string): boolean => seen.has(state);
  let level: string[] = [first];
  let [events, depth] = [0, 0];
  let found: Found | null = null;
  while (level.length > 0 && found === null && seen.size < statesMax) {
    const next: string[] = [];
    for (const state of level) {
      if (found !== null || seen.size >= statesMax) break;
      space.visitNext(state, isKnown, (reached, event, why) => {
        events += 1;
        if (reached === null) found ??= { why, events: [...wayTo(space, seen, state), event] };
        else if (!seen.has(reached)) {
          seen.set(reached, state);
          next.push(reached);
          const ailing = sample?.take(space, reached, seen.size) ?? null;
          if (ailing !== null) found ??= { why: ailing, events: wayTo(space, seen, reached) };
        }
      });
    }
    if (next.length > 0) depth += 1;
    level = next;
  }
  return { states: seen.size, events, depth, complete: level.length === 0, found };
};

/** Looks closer at some states; returns what is wrong with one. */
export type Sampling = { readonly take: (space: Space, state: string, seen: number) => string | null };

const wayTo = (space: Space, seen: ReadonlyMap<string, string | null>, state: string): Event[] => {
  const way: Event[] = [];
  let at = state;
  for (let before = seen.get(at) ?? null; before !== null; before = seen.get(at) ?? null) {
    let step: Event | null = null;
    space.visitNext(
      before,
      () => true,
      (reached, event) => {
        if (reached === at) step ??= event;
      },
    );
    if (step !== null) way.push(step);
    at = before;
  }
  return way.reverse();
};

/** The state in which a node has been elected and all that it had to say has arrived. */
const led = (space: Space, leader: NodeId): string => {
  const after = (state: string, fits: (event: Event) => boolean): string | null => {
    let next: string | null = null;
    space.visitNext(
      state,
      () => true,
      (reached, event) => {
        if (fits(event)) next ??= reached;
      },
    );
    return next;
  };
  let state = after(space.first, ({ node, move }) => node === leader && move.type === "timeOut");
  for (let next = state; next !== null; next = after(next, isUsual)) state = next;
  return state ?? space.first;
};

const isUsual = ({ move, copied }: Event): boolean => !copied && costOf(move) === null;
