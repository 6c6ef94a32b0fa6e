import type { RaftInput } from "./io.ts";
import { charsOf, lastIndexOf } from "./log.ts";
import { freshProgress, peersOf, progressOf } from "./progress.ts";
import { hasCommittedInTerm } from "./reads.ts";
import { replicateToAll } from "./replication.ts";
import { becomeFollower, isVoter } from "./roles.ts";
import { handOver } from "./transfer.ts";
import { appendOwn, membersOf, reject, type Turn } from "./turn.ts";
import type { Members, NodeId } from "./types.ts";

/**
 * Changes the members by joint consensus (thesis, 4.3): first old and new voters must both agree, and once that is
 * committed the new ones alone. Members are in force from the moment they are appended.
 */
export const changeMembers = (turn: Turn, request: Extract<RaftInput, { type: "changeMembers" }>): void => {
  const { state, effects } = turn;
  const { id, voters, learners } = request;
  if (state.role !== "leader") return reject(turn, id, "notLeader");
  if (state.transfer !== null) return reject(turn, id, "transferring");
  if (!makeSense(voters, learners)) return reject(turn, id, "invalid");
  if (isChanging(turn)) return reject(turn, id, "changeUnderWay");
  // Without this, a change of an earlier leader that nobody knows of could be under way (raft-dev, July 2015).
  if (!hasCommittedInTerm(state)) return reject(turn, id, "termTooYoung");
  const old = membersOf(state);
  const next: Members = { voters: rising(voters), outgoing: old.voters, learners: rising(learners) };
  const index = lastIndexOf(state.log) + 1;
  // Where the voters stay the same, one majority is the other: no joint step is needed.
  appendMembers(turn, sameIds(next.voters, old.voters) ? { ...next, outgoing: [] } : next);
  effects.push({ type: "accepted", ids: [id], index, term: state.term });
};

/** Once the joint configuration is committed, leaves it; once the new one is, a leader that is no part of it goes. */
export const advanceChange = (turn: Turn): void => {
  const { state } = turn;
  const latest = state.history[state.history.length - 1];
  if (latest === undefined || latest.index > state.commit) return;
  if (latest.members.outgoing.length > 0) appendMembers(turn, { ...latest.members, outgoing: [] });
  else if (!isVoter(state, state.id)) {
    const heir = state.progress.find(
      ({ id, match }) => isVoter(state, id) && match === lastIndexOf(state.log),
    );
    if (heir !== undefined) handOver(turn, heir.id);
    becomeFollower(turn, state.term, null);
  }
};

const isChanging = ({ state }: Turn): boolean => {
  const latest = state.history[state.history.length - 1];
  return latest !== undefined && (latest.index > state.commit || latest.members.outgoing.length > 0);
};

const appendMembers = (turn: Turn, members: Members): void => {
  const { state } = turn;
  for (const entry of appendOwn(turn, [{ type: "members", members }]))
    state.uncommittedChars += charsOf(entry);
  const next = lastIndexOf(state.log);
  state.progress = peersOf(state).map((id) => progressOf(state, id) ?? freshProgress(id, next));
  if (state.transfer !== null && !isVoter(state, state.transfer.to)) state.transfer = null;
  replicateToAll(turn, "entries");
};

const makeSense = (voters: readonly NodeId[], learners: readonly NodeId[]): boolean => {
  const all = [...voters, ...learners];
  return (
    voters.length > 0 &&
    new Set(all).size === all.length &&
    all.every((id) => Number.isSafeInteger(id) && id > 0)
  );
};

const rising = (ids: readonly NodeId[]): readonly NodeId[] => [...ids].sort((a, b) => a - b);

const sameIds = (one: readonly NodeId[], other: readonly NodeId[]): boolean =>
  one.length === other.length && one.every((id, at) => id === other[at]);
