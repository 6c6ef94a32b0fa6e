import type { RaftEffect, RaftInput } from "../raft/io.ts";
import type { RaftMessage } from "../raft/message.ts";
import { startNode } from "../raft/state.ts";
import { raftStep } from "../raft/step.ts";
import type { NodeWrite, RaftStore } from "../raft/store.ts";
import type { Entry, NodeId, RaftOptions, SnapshotMeta, WriteToken } from "../raft/types.ts";
import { noSessions, type Applied, type Place, type Sessions } from "./sessions.ts";

export type CommandPayload = Extract<Entry["payload"], { type: "command" }>;

export type ReplicaDeps = {
  readonly node: NodeId;
  readonly voters: readonly NodeId[];
  readonly seed: number;
  readonly options: Partial<RaftOptions>;
  readonly store: RaftStore;
  /** Reads a command and applies it, as `applyCommand` does; replicas in one process may share the result. */
  readonly apply: (sessions: Sessions, payload: CommandPayload, at: Place) => Applied;
  /** Sends a message, soon. */
  readonly post: (message: RaftMessage) => void;
  /** Makes a write durable, soon; then `persisted` is called. */
  readonly write: (write: NodeWrite) => void;
  /** Calls back when other work had its turn. */
  readonly later: (work: () => void) => void;
  readonly happened: (event: ReplicaEvent) => void;
};

export type ReplicaEvent =
  | NonNullable<Applied["event"]>
  /** The replica took over a snapshot, so it has applied entries that it never reported. */
  | { readonly type: "restored"; readonly sessions: Sessions }
  | Extract<RaftEffect, { type: "accepted" | "rejected" | "readReady" | "roleChanged" }>;

type Machine = { readonly sessions: Sessions; readonly leader: NodeId };

/**
 * `replica/N`: one Raft node with its state machine, hosted but not recorded: its durable state is the store's. Does the
 * effects of the core in their order, holding each message until the write that it waits for is on disk.
 */
export const openReplica = (deps: ReplicaDeps) => {
  const { node, store } = deps;
  const snapshot = store.readSnapshot(node);
  let machine: Machine = snapshot === undefined ? { sessions: noSessions, leader: 0 } : decode(snapshot.data);
  let state = startNode({ ...deps, id: node, stored: store.load(node) });
  let held: { readonly after: WriteToken; readonly message: RaftMessage }[] = [];
  let alive = true;
  const inbox: RaftInput[] = [];
  let busy = false;

  const take = (input: RaftInput): void => {
    inbox.push(input);
    if (busy) return;
    busy = true;
    try {
      for (let next = inbox.shift(); next !== undefined && alive; next = inbox.shift()) {
        const turn = raftStep(state, next);
        state = turn.state;
        for (const effect of turn.effects) perform(effect);
      }
    } finally {
      busy = false;
    }
  };

  const perform = (effect: RaftEffect): void => {
    switch (effect.type) {
      case "persist":
        return deps.write({ node, write: effect.write });
      case "send":
        if (effect.after === null || effect.after <= state.persisted) deps.post(effect.message);
        else held.push({ after: effect.after, message: effect.message });
        return;
      case "sendChunk":
        return sendChunk(effect);
      case "stage":
        store.stageChunk(node, effect.snapshot, effect.offset, effect.data, effect.done);
        if (effect.done)
          take({ type: "snapshotStored", index: effect.snapshot.index, term: effect.snapshot.term });
        return;
      case "apply":
        for (const entry of effect.entries) apply(entry);
        return take({ type: "applied", index: effect.entries.at(-1)?.index ?? 0 });
      case "restore":
        return restore(effect.snapshot);
      case "takeSnapshot":
        return takeSnapshot(effect.snapshot);
      case "compact":
        return store.compact(node, effect.upTo);
      case "accepted":
      case "rejected":
      case "readReady":
      case "roleChanged":
        return deps.happened(effect);
    }
  };

  const apply = ({ index, term, payload }: Entry): void => {
    if (payload.type === "noop") machine = { ...machine, leader: payload.leader };
    if (payload.type !== "command") return;
    const { leader } = machine;
    const { sessions, event } = deps.apply(machine.sessions, payload, { term, index, leader });
    machine = { sessions, leader };
    if (event !== undefined) deps.happened(event);
  };

  const restore = ({ index }: SnapshotMeta): void => {
    const stored = store.readSnapshot(node);
    if (stored !== undefined) machine = decode(stored.data);
    deps.happened({ type: "restored", sessions: machine.sessions });
    take({ type: "applied", index });
  };

  const takeSnapshot = (meta: Omit<SnapshotMeta, "length">): void => {
    // The state is never changed in place, so it can be written when there is time.
    const taken = machine;
    deps.later(() => {
      if (!alive) return;
      const data = JSON.stringify(taken);
      store.saveSnapshot(node, { ...meta, length: data.length }, data);
      take({ type: "snapshotTaken", index: meta.index, length: data.length });
    });
  };

  const sendChunk = (effect: Extract<RaftEffect, { type: "sendChunk" }>): void => {
    const { to, term, snapshot, offset, length } = effect;
    const data = store.readChunk(node, snapshot, offset, length);
    // Replaced by a newer one meanwhile: the core begins again when nothing comes back.
    if (data === undefined) return;
    const done = offset + data.length >= snapshot.length;
    deps.post({ type: "snapshotChunk", from: node, to, term, snapshot, offset, data, done });
  };

  return {
    node,
    take,
    /** All writes up to and with this one are on disk. */
    persisted: (upTo: WriteToken): void => {
      if (!alive) return;
      take({ type: "persisted", upTo });
      const waiting = held;
      held = [];
      for (const one of waiting)
        if (one.after <= upTo) deps.post(one.message);
        else held.push(one);
    },
    state: () => state,
    sessions: () => machine.sessions,
    /** As if its process died: it says and does nothing more. */
    kill: (): void => {
      alive = false;
    },
    alive: () => alive,
  };
};

export type Replica = ReturnType<typeof openReplica>;

// Our own earlier state: the store guards it with a checksum.
const decode = (data: string): Machine => JSON.parse(data) as Machine;
