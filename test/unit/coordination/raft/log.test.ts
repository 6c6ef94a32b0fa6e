import { describe, expect, test } from "vitest";
import {
  allEntries,
  appended,
  charsOf,
  compacted,
  emptyLog,
  entriesBetween,
  isUpToDate,
  lastIndexOf,
  lastTermOf,
  lastUpToTerm,
  restoredLog,
  termAt,
  truncated,
  type RaftLog,
} from "../../../../coordination/raft/log.ts";
import type { Entry, SnapshotMeta } from "../../../../coordination/raft/types.ts";

/** Entries of these terms, from `first` on. */
const entries = (terms: readonly number[], first = 1): readonly Entry[] =>
  terms.map((term, at) => ({ index: first + at, term, payload: { type: "noop", leader: 1 } }));

const logOf = (...terms: readonly number[]): RaftLog => appended(emptyLog(0, 0), entries(terms));

const termsOf = (log: RaftLog): readonly number[] => allEntries(log).map(({ term }) => term);

const snapshot = (index: number, term: number): SnapshotMeta => ({
  index,
  term,
  members: { voters: [1], outgoing: [], learners: [] },
  length: 0,
});

const hardState = { term: 9, vote: null };

describe("a log", () => {
  test("knows its end, and the term of what it holds and of what came just before", () => {
    const log = compacted(logOf(1, 1, 2, 4), 2);
    expect([lastIndexOf(log), lastTermOf(log)]).toEqual([4, 4]);
    expect([0, 1, 2, 3, 4, 5].map((index) => termAt(log, index))).toEqual([
      undefined,
      undefined,
      1,
      2,
      4,
      undefined,
    ]);
    expect([lastIndexOf(emptyLog(7, 3)), lastTermOf(emptyLog(7, 3)), termAt(emptyLog(7, 3), 7)]).toEqual([
      7, 3, 3,
    ]);
  });

  test("appending and cutting leave every earlier log as it was", () => {
    const short = logOf(1, 1);
    const long = appended(short, entries([2, 2], 3));
    const cut = truncated(long, 3);
    const other = appended(cut, entries([3], 3));
    const third = appended(short, entries([4, 4, 4], 3));
    expect([short, long, cut, other, third].map(termsOf)).toEqual([
      [1, 1],
      [1, 1, 2, 2],
      [1, 1],
      [1, 1, 3],
      [1, 1, 4, 4, 4],
    ]);
    expect(termAt(cut, 3)).toBeUndefined();
    expect(lastTermOf(cut)).toBe(1);
  });

  test("cutting after its end cuts nothing", () => {
    expect(termsOf(truncated(logOf(1, 2), 3))).toEqual([1, 2]);
    expect(termsOf(truncated(logOf(1, 2), 9))).toEqual([1, 2]);
  });

  test("gives what is between two places, and refuses what it does not hold", () => {
    const log = compacted(logOf(1, 2, 3, 4), 1);
    expect(entriesBetween(log, 2, 3)).toEqual(entries([2, 3], 2));
    expect(() => entriesBetween(log, 1, 2)).toThrow("entries beyond the log");
    expect(() => entriesBetween(truncated(log, 4), 2, 4)).toThrow("entries beyond the log");
  });

  test("forgets up to an entry that it holds, and no further", () => {
    const log = compacted(truncated(logOf(1, 2, 3, 4), 4), 2);
    expect([log.base, log.baseTerm, termsOf(log)]).toEqual([2, 2, [3]]);
    expect(termsOf(compacted(log, 2))).toEqual([3]);
    expect(() => compacted(log, 4)).toThrow("compaction beyond the log");
    expect(() => compacted(log, 1)).toThrow("compaction beyond the log");
  });

  test.each([
    ["entries from the first on", { hardState, snapshot: null, entries: entries([1, 2]) }, [0, 0], [1, 2]],
    ["a snapshot alone", { hardState, snapshot: snapshot(5, 2), entries: [] }, [5, 2], []],
    [
      "a snapshot and what follows",
      { hardState, snapshot: snapshot(5, 2), entries: entries([2, 3], 6) },
      [5, 2],
      [2, 3],
    ],
    [
      "entries from before the snapshot",
      { hardState, snapshot: snapshot(3, 2), entries: entries([2, 2, 3], 2) },
      [3, 2],
      [3],
    ],
  ] as const)("is restored from %s", (_, stored, [base, baseTerm], terms) => {
    const log = restoredLog(stored);
    expect([log.base, log.baseTerm, termsOf(log)]).toEqual([base, baseTerm, terms]);
  });

  test.each([
    [
      "after the snapshot",
      { hardState, snapshot: snapshot(3, 2), entries: entries([2], 5) },
      "a gap between the snapshot and the log",
    ],
    [
      "before the first entry",
      { hardState, snapshot: null, entries: entries([1], 2) },
      "a gap between the snapshot and the log",
    ],
    [
      "in it",
      { hardState, snapshot: null, entries: [...entries([1]), ...entries([1], 3)] },
      "a gap in the stored log",
    ],
  ])("is not restored with a gap %s", (_, stored, claim) => {
    expect(() => restoredLog(stored)).toThrow(claim);
  });
});

describe("the place where two logs may agree", () => {
  const log = compacted(logOf(1, 1, 2, 2, 4, 4, 7), 1);
  test.each([
    ["is the place itself where the term is no higher", 4, 2, 4],
    ["is below a term that the other has not", 7, 3, 4],
    ["is at the end where the log is shorter", 20, 9, 7],
    ["skips several terms at once", 7, 1, 2],
    ["is never below the start of the log", 7, 0, 1],
  ])("%s", (_, index, term, place) => {
    expect(lastUpToTerm(log, index, term)).toBe(place);
  });
});

test.each([
  ["a later last term, though shorter", 1, 3, true],
  ["an earlier last term, though longer", 9, 1, false],
  ["the same", 3, 2, true],
  ["the same last term and longer", 4, 2, true],
  ["the same last term and shorter", 2, 2, false],
])(
  "a log of terms 1 1 2 thinks of another, with %s, that it is up to date: %#",
  (_, lastIndex, lastTerm, answer) => {
    expect(isUpToDate(logOf(1, 1, 2), lastIndex, lastTerm)).toBe(answer);
  },
);

test("an entry counts its data, its id and something for itself", () => {
  expect(charsOf({ payload: { type: "noop", leader: 1 } })).toBeGreaterThan(0);
  const bare = charsOf({ payload: { type: "command", id: "", data: "" } });
  expect(charsOf({ payload: { type: "command", id: "ab", data: "cde" } })).toBe(bare + 5);
});
