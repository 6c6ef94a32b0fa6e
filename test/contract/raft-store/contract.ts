import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RaftStore } from "../../../coordination/raft/store.ts";
import type { DurableWrite, Entry, SnapshotMeta } from "../../../coordination/raft/types.ts";
import { modelContract } from "./model-contract.ts";
import type { Subject } from "./subject.ts";

const none: DurableWrite = { token: 1, hardState: null, snapshot: null, truncateFrom: null, entries: [] };
const members = { voters: [1, 2, 3], outgoing: [1, 2], learners: [4] };

const entry = (index: number, term = 1): Entry => ({
  index,
  term,
  payload: { type: "command", id: `c${index}`, data: `data ${index} of term ${term}` },
});
const entries = (first: number, last: number, term = 1): readonly Entry[] =>
  Array.from({ length: last - first + 1 }, (_, at) => entry(first + at, term));
const metaAt = (index: number, data: string): SnapshotMeta => ({
  index,
  term: 1,
  members,
  length: data.length,
});

/** All promises of the port, held against one adapter. */
export const raftStoreContract = (name: string, open: () => Promise<Subject>): void => {
  writesContract(name, open);
  snapshotsContract(name, open);
  modelContract(name, open);
};

const writesContract = (name: string, open: () => Promise<Subject>): void => {
  let subject: Subject;
  let store: RaftStore;
  beforeEach(async () => {
    subject = await open();
    store = subject.store;
  });
  afterEach(() => subject.dispose());

  describe(`${name}: writes`, () => {
    test("a node that never wrote finds term 0, no vote, no snapshot and no entry", async () => {
      const blank = { hardState: { term: 0, vote: null }, snapshot: null, entries: [] };
      expect(store.load(7)).toEqual(blank);
      store = await subject.crash();
      expect(store.load(7)).toEqual(blank);
      expect(store.readSnapshot(7)).toBeUndefined();
    });

    test("every kind of entry, the term and the vote survive a crash", async () => {
      const all: readonly Entry[] = [
        { index: 1, term: 1, payload: { type: "noop", leader: 3 } },
        { index: 2, term: 1, payload: { type: "members", members } },
        { index: 3, term: 2, payload: { type: "command", id: "", data: "" } },
        {
          index: 4,
          term: 2,
          payload: { type: "command", id: "a\0\n", data: '\ud83d half "and" \u2028 é漢' },
        },
        { index: 5, term: 2, payload: { type: "command", id: "b", data: "x".repeat(200_000) } },
      ];
      store.write([{ node: 1, write: { ...none, hardState: { term: 2, vote: 3 }, entries: all } }]);
      store = await subject.crash();
      expect(store.load(1)).toEqual({ hardState: { term: 2, vote: 3 }, snapshot: null, entries: all });
    });

    test("a write without a hard state keeps the one before", async () => {
      store.write([{ node: 1, write: { ...none, hardState: { term: 4, vote: 2 } } }]);
      store.write([{ node: 1, write: { ...none, entries: [entry(1)] } }]);
      store = await subject.crash();
      expect(store.load(1).hardState).toEqual({ term: 4, vote: 2 });
    });

    test("one call writes for several nodes, each its own, and one node twice in order", async () => {
      const shared = entries(1, 3);
      store.write([
        { node: 1, write: { ...none, entries: shared } },
        { node: 2, write: { ...none, entries: shared, hardState: { term: 1, vote: 1 } } },
        { node: 3, write: { ...none, entries: entries(1, 2, 9) } },
        { node: 2, write: { ...none, truncateFrom: 3, entries: entries(3, 4, 2) } },
      ]);
      store = await subject.crash();
      expect(store.load(1).entries).toEqual(shared);
      expect(store.load(2).entries).toEqual([...entries(1, 2), ...entries(3, 4, 2)]);
      expect(store.load(3).entries).toEqual(entries(1, 2, 9));
      expect([1, 2, 3].map((node) => store.load(node).hardState.vote)).toEqual([null, 1, null]);
    });

    test.each([
      ["within one write's entries", 3],
      ["between two writes' entries", 5],
      ["at the first entry", 1],
      ["after the last entry", 9],
    ])("a log cut %s goes on with what follows the cut", async (_, from) => {
      store.write([{ node: 1, write: { ...none, entries: entries(1, 4) } }]);
      store.write([{ node: 1, write: { ...none, entries: entries(5, 8) } }]);
      store.write([{ node: 1, write: { ...none, truncateFrom: from } }]);
      store.write([{ node: 1, write: { ...none, entries: entries(from, from + 1, 2) } }]);
      store = await subject.crash();
      const expected = [...entries(1, from - 1), ...entries(from, from + 1, 2)];
      expect(store.load(1).entries).toEqual(expected);
      store.write([{ node: 1, write: { ...none, entries: entries(from + 2, from + 2, 3) } }]);
      store = await subject.crash();
      expect(store.load(1).entries).toEqual([...expected, ...entries(from + 2, from + 2, 3)]);
    });

    test.each<[string, DurableWrite]>([
      ["a gap before its entries", { ...none, entries: [entry(4)] }],
      ["an entry that is there", { ...none, entries: [entry(2)] }],
      ["a gap between its entries", { ...none, entries: [entry(3), entry(5)] }],
      ["a snapshot that nobody staged", { ...none, snapshot: metaAt(9, "x") }],
    ])("%s is a bug of who writes", (_, write) => {
      store.write([{ node: 1, write: { ...none, entries: entries(1, 2) } }]);
      expect(() => store.write([{ node: 1, write }])).toThrow(
        expect.objectContaining({ name: "InvariantError" }),
      );
    });
  });
};

const snapshotsContract = (name: string, open: () => Promise<Subject>): void => {
  let subject: Subject;
  let store: RaftStore;
  beforeEach(async () => {
    subject = await open();
    store = subject.store;
  });
  afterEach(() => subject.dispose());

  describe(`${name}: snapshots`, () => {
    const data = "0123456789".repeat(20_000);
    const stageAll = (meta: SnapshotMeta, whole: string): void => {
      const half = Math.ceil(whole.length / 2);
      store.stageChunk(1, meta, 0, whole.slice(0, half), false);
      store.stageChunk(1, meta, half, whole.slice(half), true);
    };

    test("one of the node's own takes the place of the entries that it stands for", async () => {
      store.write([{ node: 1, write: { ...none, entries: entries(1, 6) } }]);
      store.saveSnapshot(1, metaAt(4, data), data);
      store = await subject.crash();
      expect(store.load(1)).toMatchObject({ snapshot: metaAt(4, data), entries: entries(5, 6) });
      expect(store.readSnapshot(1)).toEqual({ meta: metaAt(4, data), data });
    });

    test("one that is not newer than the stored one is left out", () => {
      store.write([{ node: 1, write: { ...none, entries: entries(1, 6) } }]);
      store.saveSnapshot(1, metaAt(4, "four"), "four");
      store.saveSnapshot(1, metaAt(3, "three"), "three");
      expect(store.readSnapshot(1)?.data).toBe("four");
    });

    test("a staged one changes nothing until a write takes it over, and then drops every entry", async () => {
      store.write([{ node: 1, write: { ...none, entries: entries(1, 6) } }]);
      store.saveSnapshot(1, metaAt(2, "old"), "old");
      const meta = metaAt(5, data);
      stageAll(meta, data);
      expect(store.readSnapshot(1)).toEqual({ meta: metaAt(2, "old"), data: "old" });
      expect(store.readChunk(1, meta, 0, 1)).toBeUndefined();
      store.write([{ node: 1, write: { ...none, snapshot: meta, entries: entries(6, 7, 2) } }]);
      expect(store.readSnapshot(1)).toEqual({ meta, data });
      store = await subject.crash();
      expect(store.load(1)).toMatchObject({ snapshot: meta, entries: entries(6, 7, 2) });
      expect(store.readSnapshot(1)).toEqual({ meta, data });
    });

    test("what was staged is gone after a crash, and staging begins anew", async () => {
      store.write([{ node: 1, write: { ...none, entries: entries(1, 6) } }]);
      stageAll(metaAt(9, data), data);
      store = await subject.crash();
      expect(store.load(1)).toMatchObject({ snapshot: null, entries: entries(1, 6) });
      expect(() => store.stageChunk(1, metaAt(9, data), 100_000, "x", false)).toThrow(/does not follow/);
    });

    test("offset 0 begins a staged snapshot anew, and another leader's may be longer", () => {
      store.stageChunk(1, metaAt(9, "one two"), 0, "one ", false);
      store.stageChunk(1, metaAt(9, "one and two"), 0, "one ", false);
      store.stageChunk(1, metaAt(9, "one and two"), 4, "and two", true);
      store.write([{ node: 1, write: { ...none, snapshot: metaAt(9, "one and two") } }]);
      expect(store.readSnapshot(1)?.data).toBe("one and two");
    });

    test("one that comes while the write of an earlier one waits for its turn is there for its own", () => {
      store.stageChunk(1, metaAt(9, "one"), 0, "one", true);
      store.stageChunk(1, metaAt(20, "later"), 0, "later", true);
      store.write([{ node: 1, write: { ...none, token: 1, snapshot: metaAt(9, "one") } }]);
      store.write([{ node: 1, write: { ...none, token: 2, snapshot: metaAt(20, "later") } }]);
      expect(store.readSnapshot(1)?.data).toBe("later");
    });

    test("one that is staged as a whole stays until its write, though the next is on its way", () => {
      stageAll(metaAt(9, data), data);
      store.stageChunk(1, metaAt(20, "later"), 0, "la", false);
      store.write([{ node: 1, write: { ...none, snapshot: metaAt(9, data) } }]);
      expect(store.readSnapshot(1)?.data).toBe(data);
    });

    test("an empty one is a snapshot too", async () => {
      store.stageChunk(1, metaAt(9, ""), 0, "", true);
      store.write([{ node: 1, write: { ...none, snapshot: metaAt(9, "") } }]);
      store = await subject.crash();
      expect(store.load(1).snapshot).toEqual(metaAt(9, ""));
      expect(store.readSnapshot(1)?.data).toBe("");
      expect(store.readChunk(1, metaAt(9, ""), 0, 10)).toBe("");
    });

    test.each([
      [0, 10],
      [65_530, 20],
      [99_999, 3],
      [100_000, 70_000],
      [199_990, 100],
      [200_000, 10],
    ])("%i and %i characters further is the part that was there", async (offset, length) => {
      const meta = metaAt(9, data);
      stageAll(meta, data);
      store.write([{ node: 1, write: { ...none, snapshot: meta } }]);
      expect(store.readChunk(1, meta, offset, length)).toBe(data.slice(offset, offset + length));
      store.write([{ node: 1, write: { ...none, entries: entries(10, 12) } }]);
      store.saveSnapshot(1, metaAt(11, data), data);
      expect(store.readChunk(1, metaAt(11, data), offset, length)).toBe(data.slice(offset, offset + length));
      expect(store.readChunk(1, meta, offset, length)).toBeUndefined();
    });

    test("compaction loses nothing after the snapshot, and beyond it it is a bug", async () => {
      for (let index = 1; index <= 300; index += 1)
        store.write([{ node: 1, write: { ...none, entries: [entry(index)] } }]);
      store.saveSnapshot(1, metaAt(250, "s"), "s");
      store.compact(1, 240);
      for (let index = 301; index <= 310; index += 1)
        store.write([{ node: 1, write: { ...none, entries: [entry(index)] } }]);
      store = await subject.crash();
      expect(store.load(1)).toMatchObject({ snapshot: metaAt(250, "s"), entries: entries(251, 310) });
      expect(() => store.compact(1, 251)).toThrow(/beyond the snapshot/);
    });
  });
};
