import { invariant } from "../protocol/invariant.ts";
import {
  countOf,
  emptyList,
  entryAt,
  firstOf,
  listWith,
  placesBetween,
  type EntryList,
} from "./entry-list.ts";
import type { Entry, LogIndex, Stored, Term } from "./types.ts";

/** The entries after `base`, whose term was `baseTerm`; `allEntries` and `entriesBetween` read them. */
export type RaftLog = {
  readonly base: LogIndex;
  readonly baseTerm: Term;
  readonly entries: EntryList;
  /** How many. */
  readonly length: number;
};

export const emptyLog = (base: LogIndex, baseTerm: Term): RaftLog => ({
  base,
  baseTerm,
  entries: emptyList,
  length: 0,
});

/** The log of a node that starts. Entries at or before the snapshot's index may have been kept or dropped. */
export const restoredLog = ({ snapshot, entries }: Stored): RaftLog => {
  const first = entries[0];
  const base = first === undefined ? (snapshot?.index ?? 0) : first.index - 1;
  invariant(base <= (snapshot?.index ?? 0), "a gap between the snapshot and the log");
  entries.forEach(({ index }, at) => invariant(index === base + 1 + at, "a gap in the stored log"));
  const after = emptyLog(snapshot?.index ?? 0, snapshot?.term ?? 0);
  const fresh = entries.filter(({ index }) => index > after.base);
  return appended(after, fresh);
};

export const lastIndexOf = ({ base, length }: RaftLog): LogIndex => base + length;

export const lastTermOf = (log: RaftLog): Term => entryAt(log.entries, log.length - 1)?.term ?? log.baseTerm;

/** The term of an entry, or `undefined` where the log does not reach or has forgotten. */
export const termAt = (log: RaftLog, index: LogIndex): Term | undefined => {
  if (index === log.base) return log.baseTerm;
  if (index < log.base) return undefined;
  return entryOf(log, index)?.term;
};

/** The entry with this index, if the log holds it. */
export const entryOf = ({ base, entries }: RaftLog, index: LogIndex): Entry | undefined =>
  entryAt(entries, index - base - 1);

/** The entries from `first` to `last`, both included; the log must hold them. */
export const entriesBetween = (log: RaftLog, first: LogIndex, last: LogIndex): readonly Entry[] => {
  invariant(first > log.base && last <= log.base + log.length, "entries beyond the log");
  return placesBetween(log.entries, first - log.base - 1, last - log.base);
};

/** The whole log, for people and checkers. */
export const allEntries = (log: RaftLog): readonly Entry[] => placesBetween(log.entries, 0, log.length);

export const appended = (log: RaftLog, entries: readonly Entry[]): RaftLog =>
  holding(log.base, log.baseTerm, listWith(log.entries, entries));

const holding = (base: LogIndex, baseTerm: Term, entries: EntryList): RaftLog => ({
  base,
  baseTerm,
  entries,
  length: countOf(entries),
});

/** Without the entries from `first` on. */
export const truncated = (log: RaftLog, first: LogIndex): RaftLog =>
  holding(log.base, log.baseTerm, firstOf(log.entries, Math.min(log.length, first - log.base - 1)));

/** Without the entries up to `upTo`, which the log must hold. */
export const compacted = (log: RaftLog, upTo: LogIndex): RaftLog => {
  const baseTerm = termAt(log, upTo);
  invariant(baseTerm !== undefined, "compaction beyond the log");
  const rest = placesBetween(log.entries, upTo - log.base, log.length);
  return appended(emptyLog(upTo, baseTerm), rest);
};

/** The last index up to `index` whose term is at most `term`: where logs may still agree. */
export const lastUpToTerm = (log: RaftLog, index: LogIndex, term: Term): LogIndex => {
  let at = Math.min(index, lastIndexOf(log));
  while (at > log.base && (termAt(log, at) ?? 0) > term) at -= 1;
  return at;
};

/** Whether a log that ends so is at least as new as ours (thesis, 3.6.1). */
export const isUpToDate = (log: RaftLog, lastIndex: LogIndex, lastTerm: Term): boolean =>
  lastTerm > lastTermOf(log) || (lastTerm === lastTermOf(log) && lastIndex >= lastIndexOf(log));

/** What the entries from `first` to `last` count in limits, in characters; the log must hold them. */
export const charsBetween = (log: RaftLog, first: LogIndex, last: LogIndex): number => {
  let chars = 0;
  for (let index = first; index <= last; index += 1) {
    const entry = entryOf(log, index);
    if (entry !== undefined) chars += charsOf(entry);
  }
  return chars;
};

/** What an entry counts in limits, in characters. */
export const charsOf = ({ payload }: Pick<Entry, "payload">): number =>
  payload.type === "command" ? payload.data.length + payload.id.length + entryOverhead : entryOverhead;

const entryOverhead = 32;
