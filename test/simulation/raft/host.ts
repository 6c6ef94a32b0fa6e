import type { RaftEffect } from "../../../coordination/raft/io.ts";
import { startNode, type RaftState } from "../../../coordination/raft/state.ts";
import type {
  DurableWrite,
  LogIndex,
  NodeId,
  RaftOptions,
  Term,
  WriteToken,
} from "../../../coordination/raft/types.ts";
import type { SentMessage } from "../../driver/trace.ts";
import { emptyDisk, storedOn, type Disk } from "./disk.ts";
import { emptyMachine, machineOf, type Machine } from "./machine.ts";

/** Somebody waits for what became of a command at a place in the log. */
export type Waiting = { readonly term: Term; readonly settled: (answer: string | null) => void };

/** One node with all that its process and its machine hold. */
export type Host = {
  readonly id: NodeId;
  /** The first members, or nobody where the node is added later. */
  readonly voters: readonly NodeId[];
  /** Counts its starts; what was begun in an earlier life ends with it. */
  life: number;
  up: boolean;
  /** Switched off until all is healed, since nobody counted on it any more. */
  retired: boolean;
  state: RaftState;
  machine: Machine;
  readonly disk: Disk;

  /** Writes that are asked for and not on disk, in their order, and whether the disk works on them. */
  writes: DurableWrite[];
  writing: boolean;
  /** The newest write whose completion the node's process has seen. */
  durable: WriteToken;
  held: Required<SentMessage>[];
  /** What the disk will hold when all that was asked for is done. */
  promised: { token: WriteToken; index: LogIndex; term: Term; hardTerm: Term; vote: NodeId | null };
  staging: { readonly index: LogIndex; readonly term: Term; data: string } | null;
  stalledUntilUs: number;

  /** Crashes the node in the middle of its next write. */
  doom: (() => void) | null;

  /** While it is paused, what happens to it waits here. */
  paused: boolean;
  waitingRoom: (() => void)[];
  tickUs: number;

  readonly waiting: Map<LogIndex, Waiting>;
  /** By id: who waits for an answer to a request that is not in the log, or not yet. */
  readonly asked: Map<string, (effect: Answer) => void>;
  /** What was committed anywhere when a read came. */
  readonly reads: Map<string, LogIndex>;
  readonly witness: Witness;
};

export type Answer = Extract<RaftEffect, { type: "accepted" | "rejected" | "readReady" }>;

/** Counts what must not last, in the node's own ticks of this life. */
export type Witness = {
  ticks: number;
  /** When it last heard of each other node. */
  heard: Map<NodeId, number>;
  /** When it last heard of a leader of its own term. */
  ledAt: number;
  /** Up to where it told a leader that it holds its log. */
  acknowledged: { readonly term: Term; readonly match: LogIndex };
  leadsSince: number;
  changedAt: number;
  diskQuiet: number;
  transferring: number;
  timeouts: Set<number>;
  draws: number;
};

const freshWitness = (): Witness => ({
  ticks: 0,
  heard: new Map(),
  ledAt: 0,
  acknowledged: { term: 0, match: 0 },
  leadsSince: 0,
  changedAt: 0,
  diskQuiet: 0,
  transferring: 0,
  timeouts: new Set(),
  draws: 0,
});

type Founding = {
  readonly id: NodeId;
  readonly voters: readonly NodeId[];
  readonly seed: number;
  readonly options: RaftOptions;
  readonly tickUs: number;
};

export const freshHost = ({ id, voters, seed, options, tickUs }: Founding): Host => ({
  id,
  voters,
  life: 1,
  up: true,
  retired: false,
  state: startNode({ id, voters, seed, options }),
  machine: emptyMachine(),
  disk: emptyDisk(),
  writes: [],
  writing: false,
  durable: 0,
  held: [],
  promised: { token: 0, index: 0, term: 0, hardTerm: 0, vote: null },
  staging: null,
  stalledUntilUs: 0,
  doom: null,
  paused: false,
  waitingRoom: [],
  tickUs,
  waiting: new Map(),
  asked: new Map(),
  reads: new Map(),
  witness: freshWitness(),
});

/** The process is gone, and with it all that was not on disk. */
export const forgetProcess = (host: Host): void => {
  host.up = false;
  host.life += 1;
  host.writes = [];
  host.writing = false;
  host.held = [];
  host.staging = null;
  host.stalledUntilUs = 0;
  host.doom = null;
  host.paused = false;
  host.waitingRoom = [];
  host.waiting.clear();
  host.asked.clear();
  host.reads.clear();
  host.disk.staged = [];
};

/** A new process knows what the disk holds. */
export const restart = (host: Host, seed: number, options: RaftOptions): void => {
  const { disk } = host;
  host.up = true;
  host.state = startNode({
    id: host.id,
    voters: host.voters,
    seed: seed + host.life,
    options,
    stored: storedOn(disk),
  });
  host.machine = disk.snapshot === null ? emptyMachine() : machineOf(disk.snapshot.data);
  host.durable = 0;
  host.promised = {
    token: 0,
    index: disk.base + disk.entries.length,
    term: disk.entries.at(-1)?.term ?? disk.snapshot?.meta.term ?? 0,
    hardTerm: disk.hardState.term,
    vote: disk.hardState.vote,
  };
  Object.assign(host.witness, freshWitness());
};

/** Whatever a paused process is told waits until it goes on, in order. */
export const whenAwake = (host: Host, act: () => void): void => {
  if (host.paused) host.waitingRoom.push(act);
  else act();
};

export const wake = (host: Host): void => {
  host.paused = false;
  const acts = host.waitingRoom;
  host.waitingRoom = [];
  const { life } = host;
  for (const act of acts) if (host.life === life) whenAwake(host, act);
};
