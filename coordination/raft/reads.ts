import { termAt } from "./log.ts";
import { progressOf } from "./progress.ts";
import { hasQuorum, quorumValue } from "./quorum.ts";
import type { PendingRead, RaftState } from "./state.ts";
import { membersOf, reject, send, type Turn } from "./turn.ts";

/**
 * Linearizable reads by read index (thesis, 6.4): what was committed when the read came must be applied, and a quorum must
 * have confirmed, after it came, that this node still leads. Reads that come while one round of heartbeats is on its
 * way share the next.
 */
export const onRead = (turn: Turn, id: string): void => {
  const { state } = turn;
  if (state.role !== "leader") return reject(turn, id, "notLeader");
  if (state.reads.length >= state.options.readsMax) return reject(turn, id, "tooManyReads");
  const index = hasCommittedInTerm(state) ? state.commit : null;
  state.reads = [...state.reads, { id, round: state.readRound + 1, index }];
  if (confirmedRound(state) >= state.readRound) startRound(turn);
};

/** Nothing of the term is committed before its no-op, and till then a leader cannot know how far the commits of others went. */
export const hasCommittedInTerm = ({ log, commit, term }: RaftState): boolean => termAt(log, commit) === term;

/** Sends every member a sign of life. Reads that wait for a round get theirs. */
export const broadcastHeartbeat = (turn: Turn): void => {
  const { state } = turn;
  if (state.reads.some(({ round }) => round > state.readRound)) state.readRound += 1;
  for (const { id, match } of state.progress) {
    // A follower believes this number without a look at its log, so it must not pass what surely agrees.
    const commit = Math.min(state.commit, match);
    send(
      turn,
      { type: "heartbeat", from: state.id, to: id, term: state.term, commit, read: state.readRound },
      "vote",
    );
  }
};

/** Answers the reads that are confirmed and applied. */
export const serveReads = (turn: Turn): void => {
  const { state, effects } = turn;
  if (state.reads.length === 0) return;
  const committed = hasCommittedInTerm(state);
  let confirmed = confirmedRound(state);
  if (confirmed >= state.readRound && state.reads.some(({ round }) => round > state.readRound)) {
    startRound(turn);
    confirmed = confirmedRound(state);
  }
  const waiting: PendingRead[] = [];
  for (const { id, round, index: known } of state.reads) {
    const index = known ?? (committed ? state.commit : null);
    if (index !== null && round <= confirmed && index <= state.applied)
      effects.push({ type: "readReady", id, index });
    else waiting.push({ id, round, index });
  }
  state.reads = waiting;
};

const startRound = (turn: Turn): void => broadcastHeartbeat(turn);

/** The newest round that a quorum has answered; a leader answers itself. */
const confirmedRound = (state: RaftState): number =>
  quorumValue(membersOf(state), (id) =>
    id === state.id ? state.readRound : (progressOf(state, id)?.read ?? 0),
  );

/** Whether a quorum was heard of since the last look; the next look starts from nothing. */
export const checkQuorum = ({ state }: Turn): boolean => {
  const alive = hasQuorum(
    membersOf(state),
    (id) => id === state.id || progressOf(state, id)?.active === true,
  );
  state.progress = state.progress.map((peer) => ({ ...peer, active: false }));
  return alive;
};
