import type { Json } from "../../coordination/protocol/json.ts";
import type { Frame } from "./state.ts";

/** How far a map is: items begun and done, of how many. */
export type MapProgress = {
  readonly step: string;
  readonly size: number;
  readonly started: number;
  readonly finished: number;
};

/** Where a workflow stands, read from a snapshot of its actor, `null` before its first turn: its running maps, outermost first. */
export const progressOf = (snapshot: Json): readonly MapProgress[] => {
  const frames = framesOf(snapshot);
  return Object.entries(frames).flatMap(([step, frame]) => {
    if (frame.type !== "map") return [];
    const { size, started, finished } = frame;
    return [{ step, size, started, finished }];
  });
};

// The snapshot is XState's own form around our context; see `cell.ts`.
const framesOf = (snapshot: Json): Readonly<Record<string, Frame>> => {
  const known = snapshot as unknown as {
    readonly context?: { readonly frames?: Readonly<Record<string, Frame>> };
  } | null;
  return known?.context?.frames ?? {};
};
