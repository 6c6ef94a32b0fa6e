import type { Position } from "../../coordination/log/log.ts";
import type { EndRun } from "../../coordination/protocol/effect.ts";
import { effectId, hostActor, workflowActor, type RunId } from "../../coordination/protocol/ids.ts";
import type { FinishedRow } from "../../coordination/protocol/row.ts";
import { Outstanding } from "./outstanding.ts";
import { RecentIds } from "./recent-ids.ts";
import { Roster, type Cast } from "./roster.ts";

/** How many ids a host remembers, so that a message which comes again is dropped. */
export const seenWindow = 65_536;

/**
 * How many of the newest rows a resume reads again for their ids. What the process before had on its way is younger than
 * that: a network holds a message for seconds, not for this many turns.
 */
export const recalledRows = 16_384;

/** All that a host knows of a run. It follows from the rows alone. */
export type RunState = {
  readonly roster: Roster;
  readonly outstanding: Outstanding;
  readonly seen: RecentIds;
  /** Process time of the run at its last row, in microseconds: the clock stands while no process drives it. */
  processUs: number;
  lastAtUs: number;
  /** Position of the last row; -1 before the first. */
  position: Position;
  rowsSinceSnapshot: number;
  /** Place of the newest entry of the coordinator's log that a row holds; 0 before the first. */
  committed: number;
  /** How many times a person has ruled. */
  rulings: number;
  /** Decisions that wait for a person, while nothing else is left to do. */
  waiting: readonly string[] | undefined;
  /** Set once the workflow has ended the run. */
  ended: EndRun | undefined;
  finished: FinishedRow | undefined;
};

/** What a run is before its first row: one debt, the message that starts it. */
export const freshRun = (run: RunId, cast: Cast): RunState => ({
  roster: new Roster(cast),
  outstanding: new Outstanding([
    {
      type: "envelope",
      envelope: { id: effectId(hostActor, 0, 0), run, to: workflowActor, body: { type: "run.started" } },
    },
  ]),
  seen: new RecentIds(seenWindow),
  processUs: 0,
  lastAtUs: 0,
  position: -1,
  rowsSinceSnapshot: 0,
  committed: 0,
  rulings: 0,
  waiting: undefined,
  ended: undefined,
  finished: undefined,
});
