import type { Progress, RaftState } from "./state.ts";
import { membersOf, type Turn } from "./turn.ts";
import type { LogIndex, NodeId } from "./types.ts";

export const freshProgress = (id: NodeId, next: LogIndex): Progress => ({
  id,
  match: 0,
  next,
  mode: "probe",
  probing: false,
  inFlight: [],
  active: true,
  read: 0,
  snapshot: null,
  catchUp: null,
});

/** All members but this node, by rising id. */
export const peersOf = ({ id: self, history }: Pick<RaftState, "id" | "history">): readonly NodeId[] => {
  const { voters, outgoing, learners } = membersOf({ history });
  return [...new Set([...voters, ...outgoing, ...learners])]
    .filter((id) => id !== self)
    .sort((a, b) => a - b);
};

/** A plain loop, since every acknowledgement asks this of every voter. */
export const progressOf = ({ progress }: Pick<RaftState, "progress">, id: NodeId): Progress | undefined => {
  for (const peer of progress) if (peer.id === id) return peer;
  return undefined;
};

export type WorkingProgress = { -readonly [Field in keyof Progress]: Progress[Field] };

/** A copy whose own fields may change; see `copyOf` for why it lists them. */
export const copyOfProgress = (peer: Progress): WorkingProgress => ({
  id: peer.id,
  match: peer.match,
  next: peer.next,
  mode: peer.mode,
  probing: peer.probing,
  inFlight: peer.inFlight,
  active: peer.active,
  read: peer.read,
  snapshot: peer.snapshot,
  catchUp: peer.catchUp,
});

/** Changes what we know of one member; it must be one. */
export const setProgress = (turn: Turn, peer: Progress): Progress => {
  const { state } = turn;
  let own = turn.progress;
  if (own === null || own !== state.progress) {
    own = [...state.progress];
    turn.progress = own;
    state.progress = own;
  }
  for (let at = 0; at < own.length; at += 1) if (own[at]?.id === peer.id) own[at] = peer;
  return peer;
};

/** How far a voter's log is known to equal ours on its disk. A leader counts itself only up to what its own disk has. */
export const matchOf =
  (state: RaftState) =>
  (id: NodeId): LogIndex =>
    id === state.id ? state.stable : (progressOf(state, id)?.match ?? 0);

/** One append at a time from behind what surely agrees. */
export const probed = (peer: Progress, next: LogIndex): Progress => ({
  ...peer,
  mode: "probe",
  next: Math.max(next, peer.match + 1),
  probing: false,
  inFlight: [],
  snapshot: null,
});
