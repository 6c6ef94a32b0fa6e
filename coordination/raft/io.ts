import type { RaftMessage } from "./message.ts";
import type { DurableWrite, Entry, LogIndex, NodeId, SnapshotMeta, Term, WriteToken } from "./types.ts";

export type Command = { readonly id: string; readonly data: string };

/** Everything that can happen to a node. */
export type RaftInput =
  /** One unit of time has passed. How long it is, is the host's choice; all nodes should agree on it, roughly. */
  | { readonly type: "tick" }
  /**
   * Another node said this, lately or long ago, once or again. Its shape is trusted: a codec at the door has read it. One to another
   * node, of a term that cannot be counted, or with entries that do not follow one another, is dropped.
   */
  | { readonly type: "message"; readonly message: RaftMessage }
  /** Appends all commands or none. Answered by `accepted`, or by `rejected` with each id. */
  | { readonly type: "propose"; readonly commands: readonly Command[] }
  /** Asks from where a linearizable read may be served. Answered by `readReady` or `rejected`. */
  | { readonly type: "read"; readonly id: string }
  /** Makes these the members, by way of a joint configuration. Answered by `accepted` or `rejected`. */
  | {
      readonly type: "changeMembers";
      readonly id: string;
      readonly voters: readonly NodeId[];
      readonly learners: readonly NodeId[];
    }
  /** Hands leadership over. Answered by `rejected` or, later, by `roleChanged`; after an election timeout it is given up. */
  | { readonly type: "transfer"; readonly id: string; readonly to: NodeId }
  /** Stands for election now, as if the election timeout had passed. A leader, and a node that may not vote, does nothing. */
  | { readonly type: "campaign" }
  /** All writes up to and with this token are on disk. One that was never asked for, or is known already, changes nothing. */
  | { readonly type: "persisted"; readonly upTo: WriteToken }
  /** The state machine holds the effect of all entries up to `index`. */
  | { readonly type: "applied"; readonly index: LogIndex }
  /** The store holds, on disk, a snapshot of the state machine as it was after `index`; `length` counts its characters. */
  | { readonly type: "snapshotTaken"; readonly index: LogIndex; readonly length: number }
  /** The store holds, on disk and staged, the whole snapshot that the `stage` effects brought. */
  | { readonly type: "snapshotStored"; readonly index: LogIndex; readonly term: Term };

export type RejectionReason =
  /** This node does not lead; `leader` says who does, as far as it knows. */
  | "notLeader"
  /** Too much waits to be committed; ask again later. */
  | "uncommittedLogFull"
  /** Leadership is being handed over; ask again. */
  | "transferring"
  /** The term is too young: nothing of it is committed yet; ask again. */
  | "termTooYoung"
  /** Another change of members is under way. */
  | "changeUnderWay"
  /** The request makes no sense: no voter, an id twice, a transfer to a node that does not vote. */
  | "invalid"
  /** The command, or its id, is longer than `commandCharsMax`. */
  | "tooLarge"
  /** Too many reads wait. */
  | "tooManyReads"
  /** The leader lost its office before it could answer the read; nothing was read. */
  | "lostLeadership";

/** A learner is a `follower` too: only the members tell them apart. */
export type Role = "follower" | "preCandidate" | "candidate" | "leader";

/** Everything that a node can ask for. The host performs effects in their order, except that it holds what waits. */
export type RaftEffect =
  /** Do this write, in order of tokens, and report `persisted`. Several may be in flight. */
  | { readonly type: "persist"; readonly write: DurableWrite }
  /** Send this, once the write `after` (if not null) is on disk. Messages may be lost, delayed, doubled and reordered. */
  | { readonly type: "send"; readonly message: RaftMessage; readonly after: WriteToken | null }
  /** Send at most `length` characters of the stored snapshot, from `offset` on, as a `snapshotChunk` of this term. */
  | {
      readonly type: "sendChunk";
      readonly to: NodeId;
      readonly term: Term;
      readonly snapshot: SnapshotMeta;
      readonly offset: number;
      readonly length: number;
    }
  /** Keep this part of a snapshot aside; `offset` 0 begins anew. With `done`, report `snapshotStored` once all of it is on disk. */
  | {
      readonly type: "stage";
      readonly snapshot: SnapshotMeta;
      readonly offset: number;
      readonly data: string;
      readonly done: boolean;
    }
  /** Apply these to the state machine, in order, and report `applied`. They are committed, and on this node's disk. */
  | { readonly type: "apply"; readonly entries: readonly Entry[] }
  /** Replace the state machine by the stored snapshot, and report `applied`. */
  | { readonly type: "restore"; readonly snapshot: SnapshotMeta }
  /** Take a snapshot of the state machine as it is after `index`, store it with this meta, and report `snapshotTaken`. */
  | { readonly type: "takeSnapshot"; readonly snapshot: Omit<SnapshotMeta, "length"> }
  /** The store may drop the entries up to and with `upTo`; a snapshot holds them. It need not be durable. */
  | { readonly type: "compact"; readonly upTo: LogIndex }
  /**
   * The commands stand in the log from `index` on, in `term`. They are committed when an entry of that place and term is applied,
   * and lost for certain when one of another term is applied there; until then the outcome is unknown.
   */
  | {
      readonly type: "accepted";
      readonly ids: readonly string[];
      readonly index: LogIndex;
      readonly term: Term;
    }
  /** The state machine, having applied up to `index`, may serve this read. */
  | { readonly type: "readReady"; readonly id: string; readonly index: LogIndex }
  /** Nothing was done about the request `id`, and nothing will be. */
  | {
      readonly type: "rejected";
      readonly id: string;
      readonly reason: RejectionReason;
      readonly leader: NodeId | null;
    }
  | {
      readonly type: "roleChanged";
      readonly role: Role;
      readonly term: Term;
      readonly leader: NodeId | null;
    };
