import { commitByCounting } from "./commit.ts";
import { onPreVoteRequest, onPreVoteResponse, onVoteRequest, onVoteResponse, stand } from "./election.ts";
import { onAppendRequest, onHeartbeat } from "./following.ts";
import { lastIndexOf } from "./log.ts";
import type {
  AppendAccepted,
  AppendRequest,
  Heartbeat,
  HeartbeatResponse,
  RaftMessage,
  SnapshotChunk,
} from "./message.ts";
import { progressOf, setProgress } from "./progress.ts";
import { onAppendAccepted, onAppendRejected, replicate } from "./replication.ts";
import { becomeFollower, isLed, mayStand } from "./roles.ts";
import { onSnapshotChunk } from "./snapshot-receiving.ts";
import { onSnapshotWanted } from "./snapshot-sending.ts";
import { handOverWhenReady } from "./transfer.ts";
import { send, type Turn } from "./turn.ts";
import type { NodeId } from "./types.ts";

export const receive = (turn: Turn, message: RaftMessage): void => {
  const { state } = turn;
  const { type, from, to, term } = message;
  if (to !== state.id || from === state.id || !Number.isSafeInteger(term)) return;
  // A question about the next term, and a yes to ours, belong to no term that has begun.
  if (type === "preVoteRequest") return onPreVoteRequest(turn, message);
  if (type === "preVoteResponse" && message.granted) {
    if (term === state.term + 1) onPreVoteResponse(turn, message);
    return;
  }
  if (term < state.term) return answerOld(turn, message);
  if (term > state.term) {
    // Leader stickiness: who hears of a leader helps nobody to replace it, but for the leader's own wish.
    if (type === "voteRequest" && !message.transfer && isLed(state)) return;
    becomeFollower(turn, term, isFromLeader(message) ? from : null);
  }
  dispatch(turn, message);
};

const dispatch = (turn: Turn, message: RaftMessage): void => {
  switch (message.type) {
    case "preVoteRequest":
      return;
    case "preVoteResponse":
      return onPreVoteResponse(turn, message);
    case "voteRequest":
      return onVoteRequest(turn, message);
    case "voteResponse":
      return onVoteResponse(turn, message);
    case "appendRequest":
      return follows(turn, message.from) ? onAppendRequest(turn, message) : undefined;
    case "heartbeat":
      return follows(turn, message.from) ? onHeartbeat(turn, message) : undefined;
    case "snapshotChunk":
      return follows(turn, message.from) ? onSnapshotChunk(turn, message) : undefined;
    case "timeoutNow":
      if (turn.state.role !== "leader" && mayStand(turn.state)) stand(turn, true);
      return;
    case "appendAccepted":
      return leads(turn) ? onAccepted(turn, message) : undefined;
    case "appendRejected":
      return leads(turn) ? onAppendRejected(turn, message) : undefined;
    case "heartbeatResponse":
      return leads(turn) ? onHeartbeatResponse(turn, message) : undefined;
    case "snapshotWanted":
      return leads(turn) ? onSnapshotWanted(turn, message) : undefined;
  }
};

/** Whoever speaks as leader in our own term is it, unless we are: a term has one. */
const follows = (turn: Turn, leader: NodeId): boolean => {
  const { state } = turn;
  if (state.role === "leader") return false;
  if (state.role !== "follower" || state.leader !== leader) becomeFollower(turn, state.term, leader);
  state.electionElapsed = 0;
  return true;
};

const leads = ({ state }: Turn): boolean => state.role === "leader";

const onAccepted = (turn: Turn, message: AppendAccepted): void => {
  const { state } = turn;
  const wasProbed = progressOf(state, message.from)?.mode === "probe";
  const { commit } = state;
  onAppendAccepted(turn, message);
  // What is committed already needs no count.
  if (message.match > commit) commitByCounting(turn);
  const peer = progressOf(state, message.from);
  // While it was probed nothing else was sent to it, so it may not know how far earlier commits went.
  const untold = wasProbed && state.commit === commit && !state.options.lazyCommit;
  if (peer !== undefined) replicate(turn, peer, untold ? "commit" : "entries");
  handOverWhenReady(turn, message.from);
};

const onHeartbeatResponse = (turn: Turn, { from, read }: HeartbeatResponse): void => {
  const { state } = turn;
  const known = progressOf(state, from);
  if (known === undefined) return;
  const full = known.inFlight.length >= state.options.inFlightAppendsMax;
  const peer = setProgress(turn, {
    ...known,
    active: true,
    probing: false,
    read: Math.max(known.read, read),
    inFlight: full ? known.inFlight.slice(1) : known.inFlight,
  });
  // An append may have been lost: an empty one after all that was sent finds out.
  if (peer.match < lastIndexOf(state.log) || peer.mode === "probe") replicate(turn, peer, "commit");
};

/** Tells a sender of an earlier term what it has missed, so that a leader or candidate of the past gives up. */
const answerOld = (turn: Turn, message: RaftMessage): void => {
  const { id, term } = turn.state;
  const { from } = message;
  if (isFromLeader(message))
    send(turn, { type: "heartbeatResponse", from: id, to: from, term, read: 0 }, "vote");
  else if (message.type === "voteRequest")
    send(turn, { type: "voteResponse", from: id, to: from, term, granted: false }, "vote");
};

const isFromLeader = (message: RaftMessage): message is AppendRequest | Heartbeat | SnapshotChunk =>
  message.type === "appendRequest" || message.type === "heartbeat" || message.type === "snapshotChunk";
