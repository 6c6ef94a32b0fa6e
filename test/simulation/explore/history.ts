import type { Entry, LogIndex, Members, NodeId, Term } from "../../../coordination/raft/types.ts";
import { diskHolds } from "../raft/disk.ts";
import { isQuorum } from "../raft/log-reading.ts";
import { broken } from "../raft/violation.ts";
import type { Local } from "./local.ts";

/** What was ever true and must stay so, whoever crashes: history variables, which no node sees. */
export type History = {
  /** Who led each term, by rising term. */
  readonly leaders: readonly { readonly term: Term; readonly node: NodeId }[];
  /** By index from 1. `by` is the term of the leader who found that it is committed. */
  readonly committed: readonly {
    readonly term: Term;
    readonly text: string;
    readonly by: Term;
  }[];
  /** How much was committed anywhere when a read came. */
  readonly reads: readonly { readonly id: string; readonly since: LogIndex }[];
};

export const noHistory: History = { leaders: [], committed: [], reads: [] };

/** What one step of a node adds to the history. */
export type Told =
  /** `asked`: the members whose votes it counted. */
  | { readonly type: "leads"; readonly term: Term; readonly asked: Members }
  | {
      readonly type: "commits";
      readonly entries: readonly Entry[];
      /** The members that were asked, where it is a leader that counted them. */
      readonly asked: Members | null;
      readonly term: Term;
    }
  | { readonly type: "asks"; readonly id: string }
  | { readonly type: "reads"; readonly id: string; readonly index: LogIndex };

export const textOfEntry = ({ term, payload }: Entry): string => `${term} ${JSON.stringify(payload)}`;

/** The history after a step of `node`; throws `Violation` where the two contradict each other. */
export const noted = (history: History, node: NodeId, told: Told, locals: readonly Local[]): History => {
  switch (told.type) {
    case "leads":
      return withLeader(history, node, told, locals);
    case "commits":
      return told.entries.reduce((known, entry) => withCommitted(known, node, entry, told, locals), history);
    case "asks":
      return {
        ...history,
        reads: [...history.reads, { id: told.id, since: history.committed.length }],
      };
    case "reads": {
      const read = history.reads.find(({ id }) => id === told.id);
      if (read !== undefined && told.index < read.since)
        broken(`node ${node} serves a read at ${told.index} that came when ${read.since} was committed`);
      return { ...history, reads: history.reads.filter(({ id }) => id !== told.id) };
    }
  }
};

const withLeader = (
  history: History,
  node: NodeId,
  { term, asked }: Extract<Told, { type: "leads" }>,
  locals: readonly Local[],
): History => {
  const known = history.leaders.find((leader) => leader.term === term);
  if (known !== undefined && known.node !== node)
    broken(`nodes ${known.node} and ${node} both lead term ${term}`);
  // What a disk said of an earlier term is forgotten.
  const voted = (id: NodeId): boolean => {
    const hard = locals.find((local) => local.id === id)?.disk.hardState;
    return hard !== undefined && (hard.term > term || (hard.term === term && hard.vote === node));
  };
  if (!isQuorum(asked, voted))
    broken(`node ${node} leads term ${term} without the votes of a quorum on disk`);
  if (known !== undefined) return history;
  const leaders = [...history.leaders, { term, node }].sort((one, other) => one.term - other.term);
  return { ...history, leaders };
};

const withCommitted = (
  history: History,
  node: NodeId,
  entry: Entry,
  { asked, term }: Extract<Told, { type: "commits" }>,
  locals: readonly Local[],
): History => {
  const { committed } = history;
  const text = textOfEntry(entry);
  const known = committed[entry.index - 1];
  if (known !== undefined) {
    if (known.text !== text)
      broken(`node ${node} commits another entry ${entry.index} than the committed one`);
    return history;
  }
  if (asked === null) return broken(`node ${node} commits entry ${entry.index}, which no leader has`);
  if (entry.index !== committed.length + 1)
    broken(`entry ${entry.index} is committed before the one before it`);
  const holds = (id: NodeId): boolean => {
    const holder = locals.find((local) => local.id === id);
    return holder !== undefined && diskHolds(holder.disk, entry.index, entry.term);
  };
  if (!isQuorum(asked, holds))
    broken(`leader ${node} commits entry ${entry.index}, which no quorum has on disk`);
  return { ...history, committed: [...committed, { term: entry.term, text, by: term }] };
};
