import { drawTimeout } from "./jitter.ts";
import type { Role } from "./io.ts";
import { charsBetween, charsOf, lastIndexOf } from "./log.ts";
import { freshProgress, peersOf } from "./progress.ts";
import { replicateToAll } from "./replication.ts";
import type { RaftState } from "./state.ts";
import { appendOwn, membersOf, reject, type Turn } from "./turn.ts";
import { termMax, type NodeId, type Term } from "./types.ts";

/** Follows `leader`, or nobody yet, in a term that is at least our own. Whatever was asked of a leader ends here. */
export const becomeFollower = (turn: Turn, term: Term, leader: NodeId | null): void => {
  const { state } = turn;
  const before = state.role;
  const changed = before !== "follower" || state.leader !== leader || state.term !== term;
  if (term > state.term) enterTerm(turn, term, null);
  state.role = "follower";
  state.leader = leader;
  if (before === "leader") {
    for (const { id } of state.reads) reject(turn, id, "lostLeadership");
    state.reads = [];
    state.progress = [];
    state.transfer = null;
    state.uncommittedChars = 0;
  }
  state.votes = [];
  restartElectionTimer(state);
  if (changed) announce(turn);
};

export const becomeCandidate = (turn: Turn, role: Extract<Role, "preCandidate" | "candidate">): void => {
  const { state } = turn;
  if (role === "candidate") enterTerm(turn, state.term + 1, state.id);
  state.role = role;
  state.leader = null;
  state.votes = [];
  state.round += 1;
  restartElectionTimer(state);
  announce(turn);
};

export const becomeLeader = (turn: Turn): void => {
  const { state } = turn;
  state.role = "leader";
  state.leader = state.id;
  state.votes = [];
  state.electionElapsed = 0;
  state.heartbeatElapsed = 0;
  const last = lastIndexOf(state.log);
  state.progress = peersOf(state).map((id) => freshProgress(id, last + 1));
  // A leader's log has all that a snapshot could bring it.
  state.receiving = null;
  state.uncommittedChars = charsBetween(state.log, state.commit + 1, last);
  // Entries of earlier terms are committed only along with one of this term (thesis, 3.6.2), so there must be one soon.
  for (const entry of appendOwn(turn, [{ type: "noop", leader: state.id }]))
    state.uncommittedChars += charsOf(entry);
  announce(turn);
  replicateToAll(turn, "entries");
};

/** Heard of a leader so lately that nobody needs another. */
export const isLed = ({ leader, electionElapsed, options }: RaftState): boolean =>
  leader !== null && electionElapsed < options.electionTicks;

export const isVoter = ({ history }: Pick<RaftState, "history">, id: NodeId): boolean => {
  const { voters, outgoing } = membersOf({ history });
  return voters.includes(id) || outgoing.includes(id);
};

/**
 * Whether this node should stand for election: while members that it may not belong to are not committed, it may be the only
 * one whose log can win (thesis, 4.2.2). Its own vote counts only where it is a voter.
 */
export const mayStand = ({
  id,
  term,
  history,
  commit,
}: Pick<RaftState, "id" | "term" | "history" | "commit">): boolean =>
  term < termMax &&
  history.some(({ members: { voters, outgoing } }, at) => {
    const isPast = (history[at + 1]?.index ?? Number.POSITIVE_INFINITY) <= commit;
    return !isPast && (voters.includes(id) || outgoing.includes(id));
  });

const enterTerm = (turn: Turn, term: Term, vote: NodeId | null): void => {
  const { state } = turn;
  state.term = term;
  state.vote = vote;
  turn.hard = true;
};

export const restartElectionTimer = (state: Turn["state"]): void => {
  state.electionElapsed = 0;
  state.electionTimeout = drawTimeout(state.seed, state.id, state.draws, state.options.electionTicks);
  state.draws += 1;
};

const announce = ({ state: { role, term, leader }, effects }: Turn): void => {
  effects.push({ type: "roleChanged", role, term, leader });
};
