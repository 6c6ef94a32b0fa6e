/** A member of the group: a whole number from 1. */
export type NodeId = number;

/** Counts elections, from 1; 0 before the first. The last is `termMax`. */
export type Term = number;

/** Beyond it numbers have gaps, and two elections would have the same term: nobody stands any more, and nothing is lost. */
export const termMax: Term = Number.MAX_SAFE_INTEGER;

/** Place in the log, from 1; 0 is before the first entry. */
export type LogIndex = number;

/** Numbers the durable writes of one incarnation of a node, from 1, in the order in which they must reach the disk. */
export type WriteToken = number;

/**
 * Who votes. `outgoing` is empty except in a joint configuration, where every majority must hold in `voters` and in
 * `outgoing`. A learner receives the log and neither votes nor counts. All lists rise and hold no id twice.
 */
export type Members = {
  readonly voters: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
};

/** What an entry carries. `data` is opaque to Raft; `id` names the proposal, so that its proposer knows it again. */
export type Payload =
  | { readonly type: "command"; readonly id: string; readonly data: string }
  /** Opens a term; its leader writes it, so a reader of the log knows who led. */
  | { readonly type: "noop"; readonly leader: NodeId }
  | { readonly type: "members"; readonly members: Members };

export type Entry = { readonly index: LogIndex; readonly term: Term; readonly payload: Payload };

/** What a node may never forget: its term, and whom it voted for in that term. */
export type HardState = { readonly term: Term; readonly vote: NodeId | null };

/** Stands for all entries up to `index`. `length`: characters (UTF-16 units) of its data, which only the store holds. */
export type SnapshotMeta = {
  readonly index: LogIndex;
  readonly term: Term;
  readonly members: Members;
  readonly length: number;
};

/**
 * One durable write, all or nothing, in this order: with `snapshot`, drop every entry and take over the snapshot that
 * was staged under that index and term; remove the entries from `truncateFrom` on; append `entries`; set `hardState`.
 */
export type DurableWrite = {
  readonly token: WriteToken;
  readonly hardState: HardState | null;
  readonly snapshot: SnapshotMeta | null;
  readonly truncateFrom: LogIndex | null;
  readonly entries: readonly Entry[];
};

/** What a node finds on its disk when it starts. `entries` follow the snapshot (or index 0) without a gap. */
export type Stored = {
  readonly hardState: HardState;
  readonly snapshot: SnapshotMeta | null;
  readonly entries: readonly Entry[];
};

export type RaftOptions = {
  /** A follower that hears nothing for this many ticks has no leader; timeouts are drawn from (this, twice this]. From 2. */
  readonly electionTicks: number;
  /** A leader speaks at least once in so many ticks, fewer than `electionTicks`. */
  readonly heartbeatTicks: number;
  /** Most characters of a command's `data`, and of its `id`; a longer one is rejected. */
  readonly commandCharsMax: number;
  /** Most characters of entries in one append; one entry that is larger travels alone. */
  readonly appendCharsMax: number;
  /** Most appends on their way to one follower. */
  readonly inFlightAppendsMax: number;
  /** Most characters of entries on their way to one follower; one entry that is larger travels alone. */
  readonly inFlightCharsMax: number;
  /** Most characters of entries that are not committed; beyond it a leader rejects proposals. */
  readonly uncommittedCharsMax: number;
  /** Most reads that wait at once; beyond it a leader rejects reads. */
  readonly readsMax: number;
  /** A snapshot is asked for when so many entries were applied since the last one. */
  readonly snapshotEvery: number;
  /** So many entries before the snapshot stay in the log, for followers that are a little behind. */
  readonly trailingEntries: number;
  /** Most characters of snapshot data in one message. */
  readonly chunkCharsMax: number;
  /**
   * Followers learn of a commit from the next append or heartbeat, and not from a message of its own: a quarter fewer steps, for
   * hosts that answer clients at the leader. Only how soon followers apply depends on it.
   */
  readonly lazyCommit: boolean;
};

/** What a node is started from. */
export type Node = {
  readonly id: NodeId;
  /** Who votes at index 0; the same on every first node, and nobody on one that will be added. */
  readonly voters: readonly NodeId[];
  /** Who receives the log at index 0 and does not vote: none of `voters`, and the same on every first node. */
  readonly learners?: readonly NodeId[];
  readonly seed: number;
  readonly options?: Partial<RaftOptions>;
  /** What its disk holds. The host restores the state machine from the snapshot before the first step. */
  readonly stored?: Stored;
};

/** A tick is meant to be 15 ms in one process, 50 ms between machines. All sizes fit a NATS server's usual 1 MiB a message. */
export const defaultRaftOptions: RaftOptions = {
  electionTicks: 10,
  heartbeatTicks: 1,
  commandCharsMax: 128 * 1024,
  appendCharsMax: 128 * 1024,
  inFlightAppendsMax: 64,
  inFlightCharsMax: 4 * 1024 * 1024,
  uncommittedCharsMax: 16 * 1024 * 1024,
  readsMax: 4096,
  snapshotEvery: 8192,
  trailingEntries: 1024,
  chunkCharsMax: 128 * 1024,
  lazyCommit: false,
};
