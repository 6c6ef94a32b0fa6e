import type { RaftInput } from "../../../coordination/raft/io.ts";
import type { RaftStep } from "../../../coordination/raft/step.ts";
import type { NodeId } from "../../../coordination/raft/types.ts";
import type { TraceStep } from "../../driver/trace.ts";
import type { Random } from "../random.ts";
import type { Agenda } from "./agenda.ts";
import type { Host } from "./host.ts";
import type { Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import type { RaftStorm } from "./storm.ts";

/** Faults of a host or of the core that a test plants, to see them found. */
export type Planted = {
  readonly step?: RaftStep;
  /** Messages do not wait for the disk. */
  readonly hasty?: boolean;
  /** The disk says that it has written what it has not. */
  readonly lyingDisk?: boolean;
  /** A crash loses the first of the unsynced writes, and keeps a later one. */
  readonly disorder?: boolean;
  /** A node that starts does not look at its term and vote. */
  readonly forgetful?: boolean;
  /** A leader answers reads from its own state machine, at once. */
  readonly staleReads?: boolean;
  /** A command that comes again is applied again. */
  readonly noSessions?: boolean;
};

/** Sees each step of a simulation, as a trace tells it, and what else happens. */
export type RaftWatch = {
  readonly stepped?: (step: Omit<TraceStep, "step" | "cluster">) => void;
  readonly happened?: (atUs: number, what: string) => void;
};

export type Cluster = {
  readonly storm: RaftStorm;
  readonly planted: Planted;
  readonly watch: RaftWatch;
  readonly agenda: Agenda;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly hosts: Map<NodeId, Host>;
  readonly diskDice: Random;
  /** Inputs and accidents so far. */
  events: number;
  /** Accidents that were drawn, whether they happened or were left out. */
  accidents: number;
  /** Stands for everything that happened so far, in order. */
  digest: number;
  readonly seen: Map<string, number>;
  /** The number of the next message, from 1 over all nodes. */
  readonly numberMessage: () => number;
  /** Gives a node one input, checks what it did, and does what it asks for. `received`: the number of the message that it is. */
  readonly step: (host: Host, input: RaftInput, received?: number) => void;
};

/** Counts what a storm met, so that a test can see that it meets everything. */
export const note = (cluster: Cluster, what: string): void => {
  cluster.seen.set(what, (cluster.seen.get(what) ?? 0) + 1);
};
