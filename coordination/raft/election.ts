import { isUpToDate, lastIndexOf, lastTermOf } from "./log.ts";
import type { PreVoteRequest, PreVoteResponse, VoteRequest, VoteResponse } from "./message.ts";
import { peersOf } from "./progress.ts";
import { hasQuorum } from "./quorum.ts";
import {
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  isLed,
  isVoter,
  mayStand,
  restartElectionTimer,
} from "./roles.ts";
import type { RaftState } from "./state.ts";
import { membersOf, send, type Turn } from "./turn.ts";
import type { NodeId } from "./types.ts";

/** Asks first whether an election could be won (thesis, 9.6), so that a node that was cut off disturbs nobody. */
export const campaign = (turn: Turn): void => {
  const { state } = turn;
  if (state.role === "leader" || !mayStand(state)) return;
  if (isDiskStalled(state)) return restartElectionTimer(state);
  becomeCandidate(turn, "preCandidate");
  state.votes = [{ from: state.id, granted: true }];
  for (const to of votersBesides(state)) {
    send(
      turn,
      {
        type: "preVoteRequest",
        from: state.id,
        to,
        term: state.term + 1,
        round: state.round,
        lastIndex: lastIndexOf(state.log),
        lastTerm: lastTermOf(state.log),
      },
      "nothing",
    );
  }
  count(turn);
};

/** Stands for election in a new term. Our own vote counts once it is on disk, as every other vote does. */
export const stand = (turn: Turn, transfer: boolean): void => {
  const { state } = turn;
  becomeCandidate(turn, "candidate");
  for (const to of votersBesides(state)) {
    send(
      turn,
      {
        type: "voteRequest",
        from: state.id,
        to,
        term: state.term,
        lastIndex: lastIndexOf(state.log),
        lastTerm: lastTermOf(state.log),
        transfer,
      },
      "vote",
    );
  }
};

/** A leader whose disk stalls should not lead, and a node whose disk stalls should not want to. */
export const isDiskStalled = ({ stalledTicks, options }: RaftState): boolean =>
  stalledTicks >= options.electionTicks;

/** Our own vote reached the disk. */
export const onOwnVotePersisted = (turn: Turn): void => {
  const { state } = turn;
  if (state.role === "candidate" && state.persisted >= state.lastHardWrite) record(turn, state.id, true);
};

export const onPreVoteRequest = (
  turn: Turn,
  { from, term, round, lastIndex, lastTerm }: PreVoteRequest,
): void => {
  const { state } = turn;
  if (isLed(state)) return;
  const granted = term > state.term && isUpToDate(state.log, lastIndex, lastTerm);
  const answer = { type: "preVoteResponse", from: state.id, to: from, round, granted } as const;
  send(turn, { ...answer, term: granted ? term : state.term }, granted ? "nothing" : "vote");
};

export const onPreVoteResponse = (turn: Turn, { from, round, granted }: PreVoteResponse): void => {
  const { state } = turn;
  if (state.role === "preCandidate" && round === state.round) record(turn, from, granted);
};

export const onVoteRequest = (turn: Turn, { from, lastIndex, lastTerm }: VoteRequest): void => {
  const { state } = turn;
  const free = state.vote === from || (state.vote === null && state.leader === null);
  const granted = free && isUpToDate(state.log, lastIndex, lastTerm);
  if (granted) {
    if (state.vote === null) {
      state.vote = from;
      turn.hard = true;
    }
    restartElectionTimer(state);
  }
  send(turn, { type: "voteResponse", from: state.id, to: from, term: state.term, granted }, "vote");
};

export const onVoteResponse = (turn: Turn, { from, granted }: VoteResponse): void => {
  if (turn.state.role === "candidate") record(turn, from, granted);
};

const record = (turn: Turn, from: NodeId, granted: boolean): void => {
  const { state } = turn;
  // The first answer of a node stands: a message that comes twice is no second vote.
  if (state.votes.some((vote) => vote.from === from)) return;
  state.votes = [...state.votes, { from, granted }];
  count(turn);
};

const count = (turn: Turn): void => {
  const { state } = turn;
  const said = (answer: boolean) => (id: NodeId) =>
    state.votes.some(({ from, granted }) => from === id && granted === answer);
  const members = membersOf(state);
  if (hasQuorum(members, said(true))) {
    if (state.role === "preCandidate") stand(turn, false);
    else becomeLeader(turn);
  } else if (!hasQuorum(members, (id) => !said(false)(id))) becomeFollower(turn, state.term, null);
};

const votersBesides = (state: RaftState): readonly NodeId[] =>
  peersOf(state).filter((id) => isVoter(state, id));
