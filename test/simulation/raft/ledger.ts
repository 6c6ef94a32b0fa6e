import type { Entry, LogIndex, Members, NodeId, Payload, Term } from "../../../coordination/raft/types.ts";
import { broken } from "./violation.ts";

/** An entry as somebody first wrote it, and the term of the entry before it. */
type Known = { readonly entry: Entry; readonly prevTerm: Term };

type Committed = {
  readonly entry: Entry;
  /** The term of the leader who found that it is committed: leaders of later terms must hold it. */
  readonly by: Term;
  /** What a state machine is after it, once one was. */
  digest: number | null;
};

/** What was ever true of the cluster and must stay so, whoever crashes. */
export type Ledger = {
  readonly leaders: Map<Term, NodeId>;
  /** By term: who voted for whom, as far as it is on disk. */
  readonly votes: Map<Term, Map<NodeId, NodeId>>;
  /** By index. */
  readonly known: Known[][];
  /** By index, from 1. */
  readonly committed: (Committed | undefined)[];
  /** Committed members, by rising index. */
  readonly members: { readonly index: LogIndex; readonly members: Members }[];
};

export const openLedger = (voters: readonly NodeId[]): Ledger => ({
  leaders: new Map(),
  votes: new Map(),
  known: [],
  committed: [undefined],
  members: [{ index: 0, members: { voters, outgoing: [], learners: [] } }],
});

/** Election safety. */
export const noteLeader = ({ leaders }: Ledger, term: Term, node: NodeId): void => {
  const known = leaders.get(term);
  if (known === undefined) leaders.set(term, node);
  else if (known !== node) broken(`nodes ${known} and ${node} both lead term ${term}`);
};

/** A node votes for one candidate a term, whatever happens to it. */
export const noteVote = ({ votes }: Ledger, term: Term, voter: NodeId, candidate: NodeId): void => {
  const cast = votes.get(term) ?? new Map<NodeId, NodeId>();
  votes.set(term, cast);
  const before = cast.get(voter);
  if (before === undefined) cast.set(voter, candidate);
  else if (before !== candidate)
    broken(`node ${voter} votes for ${before} and for ${candidate} in term ${term}`);
};

/**
 * Log matching: an index and a term name one entry, and one entry before it. Checked for every entry that any log takes,
 * this makes all logs that share an entry equal up to it.
 */
export const noteEntry = ({ known }: Ledger, entry: Entry, prevTerm: Term): void => {
  const { index, term } = entry;
  const there = (known[index] ??= []);
  for (const seen of there) {
    if (seen.entry.term !== term) continue;
    if (seen.prevTerm !== prevTerm)
      broken(
        `entry ${index} of term ${term} follows one of term ${seen.prevTerm} here and of ${prevTerm} there`,
      );
    if (seen.entry !== entry && !samePayload(seen.entry.payload, entry.payload))
      broken(`entry ${index} of term ${term} is not the same everywhere`);
    return;
  }
  there.push({ entry, prevTerm });
};

const samePayload = (one: Payload, other: Payload): boolean => JSON.stringify(one) === JSON.stringify(other);

export const lastCommitted = ({ committed }: Ledger): LogIndex => committed.length - 1;

/** Adds an entry that is committed for the first time. */
export const commitNext = (ledger: Ledger, entry: Entry, by: Term): void => {
  const { committed, members } = ledger;
  if (entry.index !== committed.length)
    broken(`entry ${entry.index} is committed after ${committed.length - 1}`);
  committed.push({ entry, by, digest: null });
  if (entry.payload.type === "members") members.push({ index: entry.index, members: entry.payload.members });
};

/** The members as of an index. */
export const membersAt = ({ members }: Ledger, index: LogIndex): Members =>
  members.findLast((change) => change.index <= index)?.members ?? { voters: [], outgoing: [], learners: [] };

/** State machine safety: what a machine is after an index does not depend on whose it is. */
export const noteApplied = ({ committed }: Ledger, entry: Entry, digest: number, node: NodeId): void => {
  const known = committed[entry.index];
  if (known === undefined) return broken(`node ${node} applies entry ${entry.index}, which is not committed`);
  if (known.entry.term !== entry.term)
    broken(`node ${node} applies another entry ${entry.index} than the committed one`);
  known.digest ??= digest;
  if (known.digest !== digest) broken(`the state machine of node ${node} differs after entry ${entry.index}`);
};
