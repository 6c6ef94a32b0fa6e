import type { Entry, LogIndex, NodeId, SnapshotMeta, Term } from "./types.ts";

type Between = { readonly from: NodeId; readonly to: NodeId; readonly term: Term };

/** Asks whether a vote would be granted, before any term grows. `term` is the one after the sender's; `round` tells repeated questions apart. */
export type PreVoteRequest = Between & {
  readonly type: "preVoteRequest";
  readonly round: number;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
};

/** Granted: `term` is that of the question. Refused: it is the sender's own. */
export type PreVoteResponse = Between & {
  readonly type: "preVoteResponse";
  readonly round: number;
  readonly granted: boolean;
};

/** `transfer`: the leader itself asked for this election, so voters do not defend it. */
export type VoteRequest = Between & {
  readonly type: "voteRequest";
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly transfer: boolean;
};

export type VoteResponse = Between & { readonly type: "voteResponse"; readonly granted: boolean };

/** Entries that follow the one at `prevIndex` of `prevTerm`. `commit`: how far the leader has committed. */
export type AppendRequest = Between & {
  readonly type: "appendRequest";
  readonly prevIndex: LogIndex;
  readonly prevTerm: Term;
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
};

/** The log of the sender equals the leader's up to `match`, on disk. */
export type AppendAccepted = Between & { readonly type: "appendAccepted"; readonly match: LogIndex };

/**
 * The entry at `prevIndex` was not the leader's. `hintIndex` is the last place at which the logs may agree, and
 * `hintTerm` the sender's term there, so that one answer skips a whole term (thesis, 3.5).
 */
export type AppendRejected = Between & {
  readonly type: "appendRejected";
  readonly prevIndex: LogIndex;
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
};

/** `read` numbers the newest round of reads that wants to know whether the sender still leads. */
export type Heartbeat = Between & {
  readonly type: "heartbeat";
  readonly commit: LogIndex;
  readonly read: number;
};

export type HeartbeatResponse = Between & { readonly type: "heartbeatResponse"; readonly read: number };

/** A part of the data of a snapshot, from `offset`; `data` is part of a string. */
export type SnapshotChunk = Between & {
  readonly type: "snapshotChunk";
  readonly snapshot: SnapshotMeta;
  readonly offset: number;
  readonly data: string;
  readonly done: boolean;
};

/** The sender holds the data of the snapshot at `index` up to `offset` and wants what follows. */
export type SnapshotWanted = Between & {
  readonly type: "snapshotWanted";
  readonly index: LogIndex;
  readonly offset: number;
};

/** Tells a follower that has caught up to stand for election at once. */
export type TimeoutNow = Between & { readonly type: "timeoutNow" };

export type RaftMessage =
  | PreVoteRequest
  | PreVoteResponse
  | VoteRequest
  | VoteResponse
  | AppendRequest
  | AppendAccepted
  | AppendRejected
  | Heartbeat
  | HeartbeatResponse
  | SnapshotChunk
  | SnapshotWanted
  | TimeoutNow;
