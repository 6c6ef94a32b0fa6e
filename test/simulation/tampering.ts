import type { Clock } from "../../actors/runtime/clock.ts";
import type { HostDeps } from "../../actors/runtime/host.ts";
import type { CoordinatorDeps, Performers } from "../../actors/runtime/performers.ts";
import type { RunState } from "../../actors/runtime/run-state.ts";
import type { Cast } from "../../actors/runtime/roster.ts";
import type { EventLog, Position } from "../../coordination/log/log.ts";
import type { Row } from "../../coordination/protocol/row.ts";

/** Faults planted in a swarm: each member replaces what a process is given by something that is broken. */
export type Tampering = {
  readonly log?: (log: EventLog) => EventLog;
  readonly cast?: (cast: Cast, clock: Clock) => Cast;
  readonly performers?: (performers: Performers) => Performers;
  readonly courier?: (courier: HostDeps["courier"], process: number) => HostDeps["courier"];
  readonly coordinator?: (deps: CoordinatorDeps) => CoordinatorDeps;
  /** What was recovered, before the host takes it up. `process` counts from 0. */
  readonly recovered?: (state: RunState, process: number) => RunState;
};

/** Is told what happens in a simulation, as it happens. */
export type Watch = {
  readonly appended?: (row: Row, position: Position) => void;
  /** The process was killed, or its disk was full; so many rows are left. */
  readonly died?: (because: "killed" | "disk full", rows: number) => void;
  readonly recovered?: (state: RunState, log: EventLog, cast: Cast) => void;
};
