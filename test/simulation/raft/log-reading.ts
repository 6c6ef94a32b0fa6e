import type { RaftLog } from "../../../coordination/raft/log.ts";
import type { RaftState } from "../../../coordination/raft/state.ts";
import type { Entry, LogIndex, Members, NodeId, Term } from "../../../coordination/raft/types.ts";

// The checks read a node's state by themselves: what they share with the core could be wrong in both.

export const endOf = ({ base, length }: RaftLog): LogIndex => base + length;

export const entryOf = ({ base, entries: { full, tail } }: RaftLog, index: LogIndex): Entry | undefined => {
  const place = index - base - 1;
  const size = full[0]?.length ?? 1;
  const before = full.length * size;
  return place < before ? full[Math.floor(place / size)]?.[place % size] : tail[place - before];
};

/** The term at an index that the log holds or begins after; -1 elsewhere. */
export const termOf = (log: RaftLog, index: LogIndex): Term =>
  index === log.base ? log.baseTerm : (entryOf(log, index)?.term ?? -1);

const nobody: Members = { voters: [], outgoing: [], learners: [] };

export const membersIn = ({ history }: RaftState): Members => history[history.length - 1]?.members ?? nobody;

/** Two majorities in a joint configuration, else one. */
export const isQuorum = ({ voters, outgoing }: Members, has: (id: NodeId) => boolean): boolean =>
  most(voters, has) && (outgoing.length === 0 || most(outgoing, has));

const most = (ids: readonly NodeId[], has: (id: NodeId) => boolean): boolean => {
  let count = 0;
  for (const id of ids) if (has(id)) count += 1;
  return count >= (ids.length >> 1) + 1;
};

export const everyone = ({ voters, outgoing, learners }: Members): readonly NodeId[] =>
  [...new Set([...voters, ...outgoing, ...learners])].sort((a, b) => a - b);

export const sameMembers = (one: Members, other: Members): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
