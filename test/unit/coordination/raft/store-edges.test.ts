import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sealText } from "../../../../coordination/log/seal.ts";
import { openJournal } from "../../../../coordination/raft/journal.ts";
import { recordBytes } from "../../../../coordination/raft/journal-format.ts";
import { encodeHead } from "../../../../coordination/raft/store-codec.ts";
import { openJournalRaftStore } from "../../../../coordination/raft/store-journal.ts";
import { keysOf } from "../../../../coordination/raft/store-keys.ts";
import { command } from "./turns.ts";

// What happens only far out: at the very end of what is reserved, beyond four thousand million entries, and on a disk that lies.

const inDir = (use: (dir: string) => void): void => {
  const dir = mkdtempSync(join(tmpdir(), "swarm-store-edge-"));
  try {
    use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const reserveBytes = 1024 * 1024;
const bareBytes = recordBytes([{ key: "k", value: Buffer.alloc(0) }]);

test.each([-1, 0, 1])("a record that ends %i bytes from the end of the file is there again", (beside) =>
  inDir((dir) => {
    const value = Buffer.alloc(reserveBytes - bareBytes + beside, "v");
    const journal = openJournal(dir);
    journal.transact(0, () => journal.put("k", value));
    void journal.close();
    const again = openJournal(dir);
    expect(again.get("k")?.equals(value)).toBe(true);
    void again.close();
  }),
);

test("a log that ends before its snapshot is damage", () =>
  inDir((dir) => {
    const store = openJournalRaftStore({ dir, group: "g" });
    const entries = [1, 2, 3].map((index) => command(index, 1));
    const write = { token: 1, hardState: { term: 1, vote: 1 }, snapshot: null, truncateFrom: null, entries };
    store.write([{ node: 1, write }]);
    const members = { voters: [1], outgoing: [], learners: [] };
    store.saveSnapshot(1, { index: 3, term: 1, members, length: 1 }, "s");
    void store.close();
    const journal = openJournal(dir);
    const head = { node: 1, writes: 9, term: 1, vote: 1, slot: 1, first: 3, last: 2 };
    journal.transact(0, () => journal.put(keysOf("g", 1).head, sealText(encodeHead(head))));
    void journal.close();
    const again = openJournalRaftStore({ dir, group: "g" });
    expect(() => again.load(1)).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
    void again.close();
  }));

test("two replicas whose entries begin alike each keep their own", () =>
  inDir((dir) => {
    const first = command(1, 1);
    const both = [1, 2].map((term) => [first, command(2, term), command(3, term)]);
    const store = openJournalRaftStore({ dir, group: "g" });
    const bare = { token: 1, hardState: { term: 2, vote: null }, snapshot: null, truncateFrom: null };
    store.write(both.map((entries, at) => ({ node: at + 1, write: { ...bare, entries } })));
    expect([1, 2].map((node) => store.load(node).entries)).toEqual(both);
    void store.close();
  }));

test("entries that are four thousand million apart have keys of their own, in the order of the log", () => {
  const { entries } = keysOf("g", 1);
  const places = [1, 2, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 32 + 2, 2 ** 40, Number.MAX_SAFE_INTEGER];
  const keys = places.map(entries);
  expect(keys.toSorted()).toEqual(keys);
  expect(new Set(keys).size).toBe(keys.length);
});

test("the pieces of one node lie between the ends that it looks for them in, and those of others do not", () => {
  const { piece, pieces, piecesFrom } = keysOf("g", 7);
  const holds = ({ start, end }: { readonly start: string; readonly end: string }, key: string) =>
    key >= start && key < end;
  const slots = [1, 4, 5, 6, 2 ** 32 - 1];
  expect(slots.map((slot) => holds(pieces(0, 5), piece(slot, 9)))).toEqual([true, true, false, false, false]);
  expect(slots.map((slot) => holds(piecesFrom(6), piece(slot, 9)))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
  for (const node of [6, 8])
    expect(holds({ ...pieces(0, 5), end: piecesFrom(6).end }, keysOf("g", node).piece(1, 0))).toBe(false);
});
