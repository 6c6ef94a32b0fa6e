import { InvariantError } from "../../coordination/protocol/invariant.ts";
import type { RaftEffect, RaftInput } from "../../coordination/raft/io.ts";
import type { RaftMessage } from "../../coordination/raft/message.ts";
import { startNode, type RaftState } from "../../coordination/raft/state.ts";
import { raftStep } from "../../coordination/raft/step.ts";
import type { Node, NodeId } from "../../coordination/raft/types.ts";
import { dataOf } from "./data.ts";
import { cutPower, doJob, storedOn, type Disk, type DiskJob } from "./disk.ts";
import { Refusal } from "./refusal.ts";
import { sentFor } from "./sending.ts";
import type { SentMessage, TraceInput } from "./trace.ts";

/** Who a node is, apart from what its disk holds. */
export type Identity = Omit<Node, "stored">;

export type Results = {
  readonly accepted: { node: NodeId; ids: readonly string[]; index: number; term: number }[];
  readonly rejected: { node: NodeId; id: string; reason: string; leader: NodeId | null }[];
  readonly reads: { node: NodeId; id: string; index: number; value: readonly unknown[] }[];
};

export type Surroundings = {
  readonly numberMessage: () => number;
  readonly post: (id: number, message: RaftMessage) => void;
  readonly results: () => Results;
  readonly trace: (
    node: NodeId,
    input: TraceInput,
    turn: { state: RaftState; effects: readonly RaftEffect[] },
    extra: { received?: number | undefined; sent: readonly Required<SentMessage>[] },
  ) => void;
};

/** One node with its disk and its state machine, which is the list of the commands applied. */
export type Replica = ReturnType<typeof createReplica>;

export const createReplica = (
  identity: Identity,
  disk: Disk,
  { numberMessage, post, results, trace }: Surroundings,
) => {
  const { id } = identity;
  let state: RaftState | null = null;
  let machine: string[] = [];
  let paused = false;
  let held: Required<SentMessage>[] = [];
  let inbox: RaftInput[] = [];

  const start = (): void => {
    state = stateAtStart(identity, disk);
    machine = machineOf(disk);
    trace(id, { type: "start", stored: storedOn(disk) }, { state, effects: [] }, { sent: [] });
  };

  const crash = (): void => {
    if (state !== null) trace(id, { type: "crash" }, { state, effects: [] }, { sent: [] });
    state = null;
    paused = false;
    held = [];
    inbox = [];
    cutPower(disk);
  };

  /** Takes an input, and then all that its own disk and state machine say to it, until they are silent. */
  const take = (input: RaftInput, received?: number): void => {
    inbox.push(input);
    if (!paused) drain(received);
  };

  const drain = (received?: number): void => {
    let number = received;
    for (let turns = 0; inbox.length > 0; turns += 1) {
      if (turns === turnsMax)
        throw new Refusal(`node ${id} is not silent after ${turnsMax} inputs of its own`);
      const input = inbox.shift();
      if (input === undefined || state === null) return;
      step(state, input, number);
      number = undefined;
    }
  };

  const step = (before: RaftState, input: RaftInput, received: number | undefined): void => {
    if (input.type === "persisted") release(input.upTo);
    const turn = stepOrDie(before, input);
    state = turn.state;
    const sender = { from: id, snapshot: disk.snapshot, numberMessage };
    const sent = turn.effects.flatMap((effect) => sentFor(effect, sender) ?? []);
    trace(id, input, turn, { received, sent });
    for (const one of sent) {
      if (one.after === null) post(one.id, one.message);
      else held.push(one);
    }
    for (const effect of turn.effects) perform(effect);
  };

  /** A broken invariant stops the node, as it would stop its process; the driver says so and goes on. */
  const stepOrDie = (before: RaftState, input: RaftInput) => {
    try {
      return raftStep(before, input);
    } catch (cause) {
      if (!(cause instanceof InvariantError)) throw cause;
      crash();
      throw new Refusal(`node ${id} broke on ${input.type} and is down: ${cause.message}`);
    }
  };

  const release = (upTo: number): void => {
    for (const { id: number, message } of held.filter(({ after }) => (after ?? 0) <= upTo))
      post(number, message);
    held = held.filter(({ after }) => (after ?? 0) > upTo);
  };

  const perform = (effect: RaftEffect): void => {
    switch (effect.type) {
      case "send":
      case "sendChunk":
      case "roleChanged":
        return;
      case "persist":
        return toDisk({ type: "write", write: effect.write });
      case "stage": {
        const { snapshot, offset, data, done } = effect;
        return toDisk({ type: "stage", meta: snapshot, offset, data, done });
      }
      case "takeSnapshot": {
        const data = JSON.stringify(machine);
        return toDisk({
          type: "keep",
          snapshot: { meta: { ...effect.snapshot, length: data.length }, data },
        });
      }
      case "compact":
        return toDisk({ type: "compact", upTo: effect.upTo });
      case "apply":
        for (const { payload } of effect.entries) if (payload.type === "command") machine.push(payload.data);
        inbox.push({ type: "applied", index: effect.entries.at(-1)?.index ?? 0 });
        return;
      case "restore":
        machine = machineOf(disk);
        inbox.push({ type: "applied", index: effect.snapshot.index });
        return;
      case "accepted":
        results().accepted.push({ node: id, ids: effect.ids, index: effect.index, term: effect.term });
        return;
      case "rejected":
        results().rejected.push({ node: id, id: effect.id, reason: effect.reason, leader: effect.leader });
        return;
      case "readReady":
        results().reads.push({ node: id, id: effect.id, index: effect.index, value: machine.map(dataOf) });
    }
  };

  const toDisk = (job: DiskJob): void => {
    if (disk.stalled) disk.waiting.push(job);
    else finish(job);
  };

  const finish = (job: DiskJob): void => {
    const done = doJob(disk, job);
    if (done !== undefined) inbox.push(done);
  };

  return {
    id,
    disk,
    start,
    crash,
    take,
    /** The running node, or `null` while it is down. */
    state: () => state,
    /** What a restart would find, for a node that is down. */
    shown: () => state ?? stateAtStart(identity, disk),
    machine: (): readonly string[] => (state === null ? machineOf(disk) : machine),
    isPaused: () => paused,
    pause: (): void => {
      paused = true;
    },
    resume: (): void => {
      paused = false;
      drain();
    },
    stall: (): void => {
      disk.stalled = true;
    },
    unstall: (): void => {
      disk.stalled = false;
      for (const job of disk.waiting.splice(0)) finish(job);
      if (!paused) drain();
    },
  };
};

/** More inputs than a node can have of its own in one go, so that a core gone wild cannot hang the driver. */
const turnsMax = 100_000;

const stateAtStart = (identity: Identity, disk: Disk): RaftState =>
  startNode({ ...identity, stored: storedOn(disk) });

const machineOf = ({ snapshot }: Disk): string[] =>
  snapshot === null ? [] : (JSON.parse(snapshot.data) as string[]);
