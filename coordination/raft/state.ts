import { emptyLog, restoredLog, type RaftLog } from "./log.ts";
import { drawTimeout } from "./jitter.ts";
import type { Role } from "./io.ts";
import { checkStart, withDefaults } from "./start-checks.ts";
import type {
  LogIndex,
  Members,
  Node,
  NodeId,
  RaftOptions,
  SnapshotMeta,
  Term,
  WriteToken,
} from "./types.ts";

/** What a leader knows of one other member. */
export type Progress = {
  readonly id: NodeId;
  /** Its log equals ours up to here, on its disk. */
  readonly match: LogIndex;
  /** The next entry to send. */
  readonly next: LogIndex;
  /** `probe`: one append at a time, until one is accepted; `replicate`: a window of them; `snapshot`: chunks, and no appends. */
  readonly mode: "probe" | "replicate" | "snapshot";
  /** A probe is on its way; the next goes out on its answer or after a heartbeat's. */
  readonly probing: boolean;
  /** Last index and size of each append on its way, oldest first. */
  readonly inFlight: readonly { readonly last: LogIndex; readonly chars: number }[];
  /** Heard of since the last check of the quorum. */
  readonly active: boolean;
  /** The newest round of reads that it answered. */
  readonly read: number;
  /** The snapshot being sent, how far it got, and for how many ticks it has got no further. */
  readonly snapshot: { readonly index: LogIndex; readonly offset: number; readonly waited: number } | null;
  /** It took a snapshot and lacks more than a compaction leaves: how many entries it lacked so many ticks ago. */
  readonly catchUp: { readonly lag: number; readonly waited: number } | null;
};

export type PendingRead = {
  readonly id: string;
  /** The round of heartbeats that confirms it. */
  readonly round: number;
  /** What must be applied before it is served; `null` until the leader's own term has committed something. */
  readonly index: LogIndex | null;
};

/** One node: plain data, which no step changes. */
export type RaftState = {
  readonly id: NodeId;
  readonly options: RaftOptions;
  readonly seed: number;
  /** How many election timeouts were drawn so far. */
  readonly draws: number;

  readonly term: Term;
  readonly vote: NodeId | null;
  readonly log: RaftLog;
  readonly snapshot: SnapshotMeta | null;
  /** The members at the start of the log and after each change that it holds. The last are in force, committed or not. */
  readonly history: readonly { readonly index: LogIndex; readonly members: Members }[];

  readonly role: Role;
  readonly leader: NodeId | null;
  readonly commit: LogIndex;
  /** Handed to the state machine up to here, and applied by it up to there. */
  readonly applying: LogIndex;
  readonly applied: LogIndex;

  readonly electionElapsed: number;
  readonly electionTimeout: number;
  readonly heartbeatElapsed: number;

  /** The newest write asked for, the newest that is on disk, and the newest that changes term or vote. */
  readonly lastWrite: WriteToken;
  readonly persisted: WriteToken;
  readonly lastHardWrite: WriteToken;
  /** Our log is on our disk up to here. */
  readonly stable: LogIndex;
  /** Writes on their way, and up to where each makes our log stable. */
  readonly writes: readonly { readonly token: WriteToken; readonly last: LogIndex }[];
  /** For how many ticks no write came back while one was on its way. */
  readonly stalledTicks: number;

  /** Tells one round of pre-votes from the next. */
  readonly round: number;
  readonly votes: readonly { readonly from: NodeId; readonly granted: boolean }[];

  /** The other members, by rising id; empty unless leading. */
  readonly progress: readonly Progress[];
  readonly uncommittedChars: number;
  readonly transfer: { readonly to: NodeId; readonly elapsed: number } | null;
  readonly reads: readonly PendingRead[];
  /** The newest round of heartbeats that was sent for reads. */
  readonly readRound: number;

  /** The snapshot that a leader is sending us; `stored` waits for the disk. */
  readonly receiving: {
    readonly from: NodeId;
    readonly term: Term;
    readonly snapshot: SnapshotMeta;
    readonly offset: number;
    readonly complete: boolean;
  } | null;
  /** A received snapshot that becomes the state machine's once this write is on disk. */
  readonly restoring: { readonly token: WriteToken; readonly snapshot: SnapshotMeta } | null;
  /** A snapshot of our own that the host is taking. */
  readonly taking: Omit<SnapshotMeta, "length"> | null;
};

/**
 * A node as it starts: a follower that knows what its disk holds, and nothing else. Throws `InvariantError` where ids, options
 * or what the disk holds cannot be.
 */
export const startNode = (node: Node): RaftState => {
  const { id, voters, learners = [], seed, options, stored } = node;
  checkStart(node);
  const snapshot = stored?.snapshot ?? null;
  const log = stored === undefined ? emptyLog(0, 0) : restoredLog(stored);
  const merged = withDefaults(options);
  const first = {
    index: snapshot?.index ?? 0,
    members: snapshot?.members ?? {
      voters: [...voters].sort(rising),
      outgoing: [],
      learners: [...learners].sort(rising),
    },
  };
  const changes = (stored?.entries ?? []).flatMap(({ index, payload }) =>
    payload.type === "members" && index > first.index ? [{ index, members: payload.members }] : [],
  );
  return {
    id,
    options: merged,
    seed,
    draws: 1,
    term: stored?.hardState.term ?? 0,
    vote: stored?.hardState.vote ?? null,
    log,
    snapshot,
    history: [first, ...changes],
    role: "follower",
    leader: null,
    commit: first.index,
    applying: first.index,
    applied: first.index,
    electionElapsed: 0,
    electionTimeout: drawTimeout(seed, id, 0, merged.electionTicks),
    heartbeatElapsed: 0,
    lastWrite: 0,
    persisted: 0,
    lastHardWrite: 0,
    stable: log.base + log.length,
    writes: [],
    stalledTicks: 0,
    round: 0,
    votes: [],
    progress: [],
    uncommittedChars: 0,
    transfer: null,
    reads: [],
    readRound: 0,
    receiving: null,
    restoring: null,
    taking: null,
  };
};

const rising = (a: number, b: number): number => a - b;
