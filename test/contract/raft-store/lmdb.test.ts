import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { expect, test } from "vitest";
import { openLmdbLog } from "../../../coordination/log/lmdb.ts";
import { sealText } from "../../../coordination/log/seal.ts";
import { encodeHead, encodePiece } from "../../../coordination/raft/store-codec.ts";
import { openLmdbRaftStore } from "../../../coordination/raft/store-lmdb.ts";
import { bytesOf, keysOf } from "../../../coordination/raft/store-keys.ts";
import type { RaftStore } from "../../../coordination/raft/store.ts";
import type { DurableWrite, Entry, SnapshotMeta } from "../../../coordination/raft/types.ts";
import { often } from "../../support/deep.ts";
import { runOf, turnOf } from "../../support/log-rows.ts";
import { raftStoreContract } from "./contract.ts";

const tempDir = (): string => mkdtempSync(join(tmpdir(), "swarm-raft-"));
const group = "g";

raftStoreContract("the Raft store on LMDB", async () => {
  const root = tempDir();
  let dir = join(root, "0");
  let crashes = 0;
  let store = openLmdbRaftStore({ dir, group });
  return {
    store,
    // What a killed process leaves behind is what the file holds now: the kernel keeps all that was written.
    crash: async () => {
      crashes += 1;
      const before = dir;
      dir = join(root, String(crashes));
      cpSync(join(before, "data.mdb"), join(dir, "data.mdb"));
      await store.close();
      store = openLmdbRaftStore({ dir, group });
      return store;
    },
    dispose: async () => {
      await store.close();
      rmSync(root, { recursive: true });
    },
  };
});

const none: DurableWrite = { token: 1, hardState: null, snapshot: null, truncateFrom: null, entries: [] };
const entry = (index: number, data = `data ${index}`): Entry => ({
  index,
  term: 1,
  payload: { type: "command", id: `c${index}`, data },
});
const metaAt = (index: number, data: string): SnapshotMeta => ({
  index,
  term: 1,
  members: { voters: [1], outgoing: [], learners: [] },
  length: data.length,
});

const inDir = async (use: (dir: string) => Promise<void>): Promise<void> => {
  const dir = tempDir();
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const append = (store: RaftStore, node: number, ...entries: readonly Entry[]): void =>
  store.write([{ node, write: { ...none, entries } }]);

test("a write that fails leaves nothing of any node, and the store writes no more until it is opened again", () =>
  inDir(async (dir) => {
    let failing = false;
    const beforeCommit = (): void => {
      if (failing) throw new Error("EIO: i/o error");
    };
    const store = openLmdbRaftStore({ dir, group, beforeCommit });
    append(store, 1, entry(1));
    append(store, 2, entry(1));
    failing = true;
    const failed = expect.objectContaining({
      code: "LOG_WRITE_FAILED",
      message: expect.stringContaining("EIO"),
    });
    const both = [1, 2].map((node) => ({
      node,
      write: { ...none, truncateFrom: 1, entries: [entry(1, "x")] },
    }));
    expect(() => store.write(both)).toThrow(failed);
    failing = false;
    expect(() => append(store, 3, entry(1))).toThrow(failed);
    expect(() => store.stageChunk(3, metaAt(1, "x"), 0, "x", true)).toThrow(failed);
    expect(store.load(1).entries).toEqual([entry(1)]);
    await store.close();
    const again = openLmdbRaftStore({ dir, group });
    expect([1, 2, 3].map((node) => again.load(node).entries)).toEqual([[entry(1)], [entry(1)], []]);
    append(again, 1, entry(2));
    await again.close();
  }));

test("of two stores that drive one node, the one that was overtaken fails instead of mixing their entries", () =>
  inDir(async (dir) => {
    const [one, two] = [openLmdbRaftStore({ dir, group }), openLmdbRaftStore({ dir, group })];
    append(one, 1, entry(1));
    append(two, 1, entry(2));
    expect(() => append(one, 1, entry(2, "other"))).toThrow(
      expect.objectContaining({
        code: "LOG_WRITE_FAILED",
        message: expect.stringContaining("another process"),
      }),
    );
    append(two, 1, entry(3));
    expect(two.load(1).entries).toEqual([entry(1), entry(2), entry(3)]);
    await one.close();
    await two.close();
  }));

test("groups share an environment, with each other and with the event log, and none sees another", () =>
  inDir(async (dir) => {
    const log = openLmdbLog({ dir });
    const [a, ab] = [openLmdbRaftStore({ dir, group: "a" }), openLmdbRaftStore({ dir, group: "ab" })];
    for (let index = 1; index <= 50; index += 1) {
      append(a, 1, entry(index, "a"));
      append(ab, 1, entry(index, "ab"));
      await log.durable(runOf("r"), log.append(turnOf(runOf("r"), index - 1)));
    }
    a.saveSnapshot(1, metaAt(40, "s"), "s");
    a.compact(1, 40);
    append(a, 1, entry(51, "a"));
    expect([...log.read(runOf("r"))].length).toBe(50);
    expect(a.load(1).entries.length).toBe(11);
    expect(ab.load(1)).toMatchObject({ snapshot: null });
    expect(ab.load(1).entries.length).toBe(50);
    await Promise.all([log.close(), a.close(), ab.close()]);
  }));

/** A home with a snapshot at 2 of three pieces, and the entries 3 to 6 in two values. */
const furnished = async (dir: string): Promise<void> => {
  const store = openLmdbRaftStore({ dir, group });
  append(store, 1, entry(1), entry(2));
  const data = "z".repeat(140_000);
  store.saveSnapshot(1, metaAt(2, data), data);
  store.compact(1, 2);
  append(store, 1, entry(3), entry(4));
  append(store, 1, entry(5), entry(6));
  await store.close();
};

const names = keysOf(group, 1);
const keys = {
  entries: (first: number): Buffer => bytesOf(names.entries(first)),
  head: bytesOf(names.head),
  piece: (slot: number, offset: number): Buffer => bytesOf(names.piece(slot, offset)),
  snapshot: bytesOf(names.snapshot),
};

const edited = async (
  dir: string,
  edit: (db: ReturnType<typeof open<Buffer, Uint8Array>>) => void,
): Promise<void> => {
  const db = open<Buffer, Uint8Array>({ path: dir, keyEncoding: "binary", encoding: "binary" });
  db.transactionSync(() => {
    edit(db);
  });
  await db.close();
};

const values: readonly (readonly [string, Buffer])[] = [
  ["the first entries", keys.entries(3)],
  ["the last entries", keys.entries(5)],
  ["the head", keys.head],
  ["the snapshot", keys.snapshot],
  ["the first piece", keys.piece(1, 0)],
  ["the last piece", keys.piece(1, 131_072)],
];

const readAll = async (dir: string): Promise<unknown> => {
  const store = openLmdbRaftStore({ dir, group });
  try {
    return [store.load(1), store.readSnapshot(1)];
  } finally {
    await store.close();
  }
};

const corrupt = { code: "LOG_CORRUPT", message: expect.stringContaining("node 1 of group g") };

test.each(values)("%s missing is damage, not an emptier disk", (_, key) =>
  inDir(async (dir) => {
    await furnished(dir);
    await edited(dir, (db) => void db.removeSync(key));
    await expect(readAll(dir)).rejects.toMatchObject(corrupt);
  }),
);

test("the head missing is damage before there is a snapshot too", () =>
  inDir(async (dir) => {
    const store = openLmdbRaftStore({ dir, group });
    append(store, 1, entry(1), entry(2));
    await store.close();
    await edited(dir, (db) => void db.removeSync(keys.head));
    await expect(readAll(dir)).rejects.toMatchObject(corrupt);
  }));

test.each(values)("%s torn or with a flipped bit is damage", (_, key) =>
  inDir(async (dir) => {
    await furnished(dir);
    const whole: Buffer[] = [];
    await edited(dir, (db) => void whole.push(Buffer.from(db.getBinary(key) ?? [])));
    const [good = Buffer.alloc(0)] = whole;
    for (const bad of [good.subarray(0, good.length - 3), flipped(good, 5), flipped(good, good.length - 2)]) {
      await edited(dir, (db) => db.putSync(key, bad));
      await expect(readAll(dir)).rejects.toMatchObject(corrupt);
    }
    await edited(dir, (db) => db.putSync(key, good));
    await expect(readAll(dir)).resolves.toMatchObject([
      { entries: [{ index: 3 }, {}, {}, { index: 6 }] },
      {},
    ]);
  }),
);

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 4;
  return copy;
};

test.each<[string, Buffer, (valueAt: (key: Buffer) => Buffer) => Buffer]>([
  ["the entries of another place", keys.entries(5), (valueAt) => valueAt(keys.entries(3))],
  ["a value of more entries", keys.entries(5), () => sealText('[5,[1,"",""],[1,"",""],[1,"",""]]')],
  ["another piece of the snapshot", keys.piece(1, 0), (valueAt) => valueAt(keys.piece(1, 65_536))],
  ["a shorter piece", keys.piece(1, 0), () => sealText(encodePiece({ slot: 1, offset: 0, data: "short" }))],
  [
    "the head of another node",
    keys.head,
    () => sealText(encodeHead({ node: 2, writes: 4, term: 0, vote: null, slot: 1, first: 3, last: 6 })),
  ],
  [
    "a gap between the snapshot and the entries",
    keys.head,
    () => sealText(encodeHead({ node: 1, writes: 4, term: 0, vote: null, slot: 1, first: 5, last: 6 })),
  ],
  ["a head that is no list", keys.head, () => sealText("{}")],
  ["an entry without a term", keys.entries(3), () => sealText('[3,["x","c3",""],[1,"c4",""]]')],
  ["an entry of an unknown kind", keys.entries(3), () => sealText('[3,[1,"c3"],[1,"c4",""]]')],
  ["a snapshot without members", keys.snapshot, () => sealText("[1,2,1,[],140000,[0,65536,131072]]")],
])("%s is damage", (_, key, forge) =>
  inDir(async (dir) => {
    await furnished(dir);
    await edited(dir, (db) =>
      db.putSync(
        key,
        forge((from) => Buffer.from(db.getBinary(from) ?? [])),
      ),
    );
    await expect(readAll(dir)).rejects.toMatchObject(corrupt);
  }),
);

test("a part of a snapshot that runs over a shorter piece is damage", () =>
  inDir(async (dir) => {
    await furnished(dir);
    const forged = sealText(encodePiece({ slot: 1, offset: 0, data: "short" }));
    await edited(dir, (db) => db.putSync(keys.piece(1, 0), forged));
    const store = openLmdbRaftStore({ dir, group });
    const meta = store.load(1).snapshot ?? metaAt(0, "");
    expect(() => store.readChunk(1, meta, 0, 100)).toThrow(expect.objectContaining(corrupt));
    await store.close();
  }));

test("a replaced snapshot gives its space back without a reopening", () =>
  inDir(async (dir) => {
    const store = openLmdbRaftStore({ dir, group });
    const data = "z".repeat(100_000);
    for (let index = 1; index <= 100; index += 1) {
      append(store, 1, entry(index));
      store.saveSnapshot(1, metaAt(index, data), data);
    }
    await store.close();
    // The environment keeps some room in reserve; without sweeping, there would be a hundred of them.
    expect(statSync(join(dir, "data.mdb")).size).toBeLessThan(30 * data.length);
  }));

const compactions = often(60, 3_000);

test(
  `of ${compactions} compactions with reopenings between them, none loses an entry, and the file does not grow`,
  { timeout: 20_000 + compactions * 200 },
  () =>
    inDir(async (dir) => {
      let store = openLmdbRaftStore({ dir, group });
      const kept = new Map<number, Entry[]>([1, 2, 3].map((node) => [node, []]));
      let index = 0;
      let early = 0;
      for (let round = 1; round <= compactions; round += 1) {
        for (let write = 0; write < 20; write += 1) {
          index += 1;
          // Now and then one that needs pages of its own, which removal frees as a run.
          const added = [entry(index, "y".repeat(write % 7 === 0 ? 9_000 : 60))];
          store.write([1, 2, 3].map((node) => ({ node, write: { ...none, entries: added } })));
          for (const list of kept.values()) list.push(...added);
        }
        const node = 1 + (round % 3);
        // As long in each round: what grows must not be the data.
        const data = `${String(round).padStart(4)} `.repeat(2_000 + (round % 5) * 9_000);
        store.saveSnapshot(node, metaAt(index - 3, data), data);
        store.compact(node, index - 5);
        kept.set(node, (kept.get(node) ?? []).slice(-3));
        if (round % 10 === 0) {
          await store.close();
          store = openLmdbRaftStore({ dir, group });
          for (const [each, list] of kept) expect(store.load(each).entries).toEqual(list);
          expect(store.readSnapshot(node)).toEqual({ meta: metaAt(index - 3, data), data });
        }
        if (round === Math.floor(compactions / 3)) early = statSync(join(dir, "data.mdb")).size;
      }
      await store.close();
      expect(statSync(join(dir, "data.mdb")).size).toBeLessThan(early * 1.5);
    }),
);

test("a folder that cannot be made is said so", () => {
  expect(() => openLmdbRaftStore({ dir: "/dev/null/home", group })).toThrow(
    expect.objectContaining({ code: "HOME_UNUSABLE" }),
  );
});
