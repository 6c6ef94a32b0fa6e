import type { RaftMessage } from "../../../coordination/raft/message.ts";
import { startNode, type RaftState } from "../../../coordination/raft/state.ts";
import type {
  DurableWrite,
  Entry,
  NodeId,
  SnapshotMeta,
  WriteToken,
} from "../../../coordination/raft/types.ts";
import { emptyDisk, storedOn, type Disk, type StoredSnapshot } from "../raft/disk.ts";
import { optionsOf, type Setting } from "./setting.ts";

/** One node with its disk and its state machine: plain data, which nobody changes. */
export type Local = {
  readonly id: NodeId;
  readonly state: RaftState;
  readonly disk: Disk;
  /** Writes that are asked for and not on disk, in their order. */
  readonly writes: readonly DurableWrite[];
  /** Messages that wait for a write. */
  readonly held: readonly Held[];
  readonly jobs: readonly Job[];
  readonly staging: (Pick<SnapshotMeta, "index" | "term"> & { readonly data: string }) | null;
  /** The state machine: all that it applied, by index from 1. */
  readonly machine: readonly string[];
};

export type Held = { readonly after: WriteToken; readonly message: RaftMessage };

/** Work of the host for a snapshot: to keep the node's own, or one of a leader that is complete. */
export type Job = { readonly type: "keep" | "stage"; readonly snapshot: StoredSnapshot };

const seed = 1;

export const firstLocal = (setting: Setting, id: NodeId): Local => {
  const disk = { ...emptyDisk(), ...firstLog(setting, id) };
  return canonical({ ...started(setting, id, disk), disk });
};

const firstLog = ({ logs = {} }: Setting, id: NodeId): Pick<Disk, "hardState" | "entries"> => {
  const term = Math.max(0, ...Object.values(logs).flatMap((terms) => terms ?? []));
  const entries = (logs[id] ?? []).map((term, at): Entry => {
    const index = at + 1;
    return { index, term, payload: { type: "command", id: `e${index}`, data: "" } };
  });
  return { hardState: { term, vote: null }, entries };
};

/** What a node is after its process has died and another has begun with what the disk holds. */
export const restarted = (setting: Setting, { id, disk }: Pick<Local, "id" | "disk">): Local => {
  const kept = { ...disk, staged: [] };
  return { ...started(setting, id, kept), disk: kept };
};

const started = (setting: Setting, id: NodeId, disk: Disk): Omit<Local, "disk"> => {
  const { voters, learners = [], strangers = [] } = setting;
  const first = strangers.includes(id) ? { voters: [] } : { voters, learners };
  const options = optionsOf(setting);
  const machine: readonly string[] = disk.snapshot === null ? [] : JSON.parse(disk.snapshot.data);
  return {
    id,
    state: startNode({ id, ...first, seed, options, stored: storedOn(disk) }),
    writes: [],
    held: [],
    jobs: [],
    staging: null,
    machine,
  };
};

/**
 * The same node, without what cannot be told apart from outside: time is chosen anew before each event that looks at it, dice
 * only decide about time, and numbers of writes count from the last one on disk.
 */
export const canonical = (local: Local): Local => {
  const { state } = local;
  const base = state.persisted;
  const { restoring } = state;
  return {
    ...local,
    state: {
      ...state,
      draws: 1,
      electionElapsed: 0,
      electionTimeout: state.options.electionTicks + 1,
      heartbeatElapsed: 0,
      stalledTicks: 0,
      votes: [...state.votes].sort((one, other) => one.from - other.from),
      lastWrite: state.lastWrite - base,
      persisted: 0,
      lastHardWrite: Math.max(0, state.lastHardWrite - base),
      writes: state.writes.map(({ token, last }) => ({ token: token - base, last })),
      restoring: restoring === null ? null : { ...restoring, token: restoring.token - base },
    },
    writes: local.writes.map((write) => ({ ...write, token: write.token - base })),
    held: local.held.map(({ after, message }) => ({ after: after - base, message })),
  };
};

/** Two nodes with the same text do the same from now on. */
export const textOf = (local: Local): string =>
  JSON.stringify({ ...local, state: { ...local.state, options: null } });
