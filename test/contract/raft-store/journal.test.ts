import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openJournal } from "../../../coordination/raft/journal.ts";
import { encodeRecord, readRecords, recordBytes } from "../../../coordination/raft/journal-format.ts";
import { openJournalRaftStore } from "../../../coordination/raft/store-journal.ts";
import { SwarmError } from "../../../coordination/protocol/errors.ts";
import { often } from "../../support/deep.ts";
import { raftStoreContract } from "./contract.ts";

const group = "g";
const tempDir = (): string => mkdtempSync(join(tmpdir(), "swarm-journal-"));

raftStoreContract("the Raft store in a journal", async () => {
  const root = tempDir();
  let dir = join(root, "0");
  let crashes = 0;
  let store = openJournalRaftStore({ dir, group });
  return {
    store,
    // What a killed process leaves behind is what the file holds now: the kernel keeps all that was written.
    crash: async () => {
      crashes += 1;
      const before = dir;
      dir = join(root, String(crashes));
      cpSync(before, dir, { recursive: true });
      await store.close();
      store = openJournalRaftStore({ dir, group });
      return store;
    },
    dispose: async () => {
      await store.close();
      rmSync(root, { recursive: true });
    },
  };
});

const inDir = (use: (dir: string) => void): void => {
  const dir = tempDir();
  try {
    use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

/** Puts the numbers from 0 to `count`, one a transaction, under few keys, in values of many lengths. */
const written = (dir: string, count: number): number[] => {
  const journal = openJournal(dir);
  const ends: number[] = [];
  for (let at = 0; at < count; at += 1) {
    journal.transact(0, () => {
      journal.put(`key ${at % 7}`, Buffer.from(`${at} `.repeat(1 + ((at * 37) % 500))));
      journal.put("count", Buffer.from(String(at)));
    });
    ends.push(lengthOf(join(dir, "journal")));
  }
  void journal.close();
  return ends;
};

/** Bytes up to the last that is not zero. */
const lengthOf = (path: string): number => {
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
};

const countIn = (dir: string): string | undefined => {
  const journal = openJournal(dir);
  const count = journal.get("count")?.toString();
  void journal.close();
  return count;
};

test("a transaction that throws leaves nothing, in memory and on disk", () =>
  inDir((dir) => {
    const journal = openJournal(dir);
    const [key, other] = ["key", "other"];
    journal.transact(0, () => journal.put(key, Buffer.from("one")));
    expect(() =>
      journal.transact(0, () => {
        journal.put(key, Buffer.from("two"));
        journal.put(other, Buffer.from("two"));
        journal.remove(key);
        throw new Error("no");
      }),
    ).toThrow("no");
    expect([journal.get(key)?.toString(), journal.get(other)]).toEqual(["one", undefined]);
    void journal.close();
    expect(openJournal(dir).get(key)?.toString()).toBe("one");
  }));

test("whichever sectors of the last write a power cut lets through, all before it is there and it is there whole or not at all", () =>
  inDir((dir) => {
    const path = join(dir, "journal");
    const ends = written(dir, 60);
    const whole = readFileSync(path);
    for (let round = 0; round < often(300, 5_000); round += 1) {
      const last = 1 + Math.floor(Math.random() * 59);
      const [from = 0, to = 0] = [ends[last - 1], ends[last]];
      const image = Buffer.from(whole);
      image.fill(0, to);
      const likely = Math.random();
      let lost = false;
      for (let sector = from - (from % 512); sector < to; sector += 512) {
        if (Math.random() < likely) continue;
        image.fill(0, Math.max(sector, from), Math.min(sector + 512, to));
        lost = true;
      }
      writeFileSync(path, image);
      expect(countIn(dir)).toBe(String(lost ? last - 1 : last));
    }
  }));

test("a flipped bit, a cut end and a missing middle are told, and never read as less", () =>
  inDir((dir) => {
    const path = join(dir, "journal");
    const ends = written(dir, 30);
    const whole = readFileSync(path);
    const end = ends.at(-1) ?? 0;
    const damaged = (image: Buffer): void => {
      writeFileSync(path, image);
      expect(() => openJournal(dir)).toThrow(expect.objectContaining({ code: "LOG_CORRUPT" }));
    };
    for (let round = 0; round < often(300, 5_000); round += 1) {
      const image = Buffer.from(whole);
      const at = Math.floor(Math.random() * end);
      image[at] = (image[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
      damaged(image);
    }
    const [from = 0, to = 0] = [ends[10], ends[11]];
    damaged(Buffer.from(whole).fill(0, from, to));
    damaged(whole.subarray(0, (from + to) >> 1));
    damaged(whole.subarray(0, from));
    damaged(Buffer.alloc(0));
  }));

/** Records of the numbers from 0 on, one behind the other, the last of which begins `offset` bytes into a sector; then zeros. */
const recordsWith = (offset: number, payloadBytes: number) => {
  const recordOf = (sequence: number, bytes: number): Buffer => {
    const changes = [{ key: "k", value: Buffer.alloc(bytes, `${sequence} `) }];
    const record = Buffer.alloc(recordBytes(changes));
    encodeRecord(record, sequence, changes);
    return record;
  };
  const first = recordOf(0, 600);
  const [space, empty] = [
    (1024 + 512 + offset - first.length) % 512,
    recordBytes([{ key: "k", value: Buffer.alloc(0) }]),
  ];
  const second = recordOf(1, ((space - empty + 1024) % 512) + 512);
  const last = recordOf(2, payloadBytes);
  const at = first.length + second.length;
  expect(at % 512).toBe(offset);
  const file = Buffer.concat([first, second, last, Buffer.alloc(4096)]);
  return { file, at, end: at + last.length };
};

const countOf = (file: Buffer): number => readRecords(file, "journal").length;
const corrupt = expect.objectContaining({ code: "LOG_CORRUPT" });

test("a head that a power cut parted is a torn record, whichever parts of it there are", () => {
  for (let offset = 0; offset < 512; offset += offset < 480 ? 32 : 1)
    for (const payloadBytes of [1, 40, 700, 1500]) {
      const { file, at, end } = recordsWith(offset, payloadBytes);
      expect(countOf(file)).toBe(3);
      const sectors: number[] = [];
      for (let sector = at - offset; sector < end; sector += 512) sectors.push(sector);
      // Every set of its sectors but all of them.
      for (let set = 0; set < 2 ** sectors.length - 1; set += 1) {
        const image = Buffer.from(file);
        sectors.forEach((sector, number) => {
          if ((set & (1 << number)) === 0) image.fill(0, Math.max(sector, at), Math.min(sector + 512, end));
        });
        expect(countOf(image), `${offset} ${payloadBytes} ${set}`).toBe(2);
      }
    }
});

test("a bit that flips in the head of the last record takes nothing away unseen", () => {
  for (const offset of [0, 200, 495, 500, 505, 511])
    for (const payloadBytes of [40, 2000]) {
      const { file, at } = recordsWith(offset, payloadBytes);
      for (let bit = 0; bit < 160; bit += 1) {
        const image = Buffer.from(file);
        image[at + (bit >> 3)] = (image[at + (bit >> 3)] ?? 0) ^ (1 << (bit & 7));
        expect(() => countOf(image), `${offset} ${bit}`).toThrow(corrupt);
      }
    }
});

test("what stands where nothing was written is told, and what a torn record may have left is not", () => {
  const { file, at, end } = recordsWith(100, 2000);
  const marked = (image: Buffer, position: number): Buffer => {
    const copy = Buffer.from(image);
    copy[position] = 1;
    return copy;
  };
  const last = file.length - 1;
  const sector = end - (end % 512);
  const torn = Buffer.from(file).fill(0, sector, end);
  const headless = Buffer.from(file).fill(0, at, at - 100 + 512);
  expect([countOf(torn), countOf(headless)]).toEqual([2, 2]);
  // Behind a whole record, behind the end that a torn one says, and at the end of the file.
  for (const image of [marked(file, end), marked(file, last), marked(torn, end), marked(torn, last - 9)])
    expect(() => countOf(image)).toThrow(corrupt);
  expect(() => countOf(marked(headless, last))).toThrow(corrupt);
  expect(() => countOf(Buffer.concat([file, Buffer.from("garbage")]))).toThrow(corrupt);
  // How long a record was to be whose head is not there, nobody knows.
  expect(countOf(marked(headless, last - 9))).toBe(2);
});

test("a first record that is not whole is no torn one: it was on disk before the file had its name", () => {
  const { file } = recordsWith(0, 40);
  for (const image of [Buffer.from(file).fill(0, 0, 512), Buffer.alloc(1 << 20), Buffer.alloc(7)])
    expect(() => countOf(image)).toThrow(corrupt);
});

test("a journal that grows is written anew, and holds what it held", () =>
  inDir((dir) => {
    const journal = openJournal(dir);
    const value = "v".repeat(200_000);
    for (let at = 0; at < 200; at += 1)
      journal.transact(0, () => journal.put(`key ${at % 3}`, Buffer.from(`${at}${value}`)));
    void journal.close();
    expect(readFileSync(join(dir, "journal")).length).toBeLessThan(16 * 1024 * 1024);
    const again = openJournal(dir);
    expect([0, 1, 2].map((at) => again.get(`key ${at}`)?.toString().slice(0, 4))).toEqual([
      "198v",
      "199v",
      "197v",
    ]);
  }));

test("where the file cannot be written anew, what was told failed is not there, and what was told written is", () =>
  inDir((dir) => {
    const journal = openJournal(dir);
    const inTheWay = join(dir, `journal.${process.pid}.new`);
    mkdirSync(inTheWay);
    let told = -1;
    for (let at = 0; at < 100 && told === at - 1; at += 1)
      try {
        journal.transact(0, () => journal.put("k", Buffer.from(`${at} `.padEnd(200_000))));
        told = at;
      } catch {
        expect(journal.get("k")?.toString().trim()).toBe(`${told}`);
      }
    void journal.close();
    rmSync(inTheWay, { recursive: true });
    const again = openJournal(dir);
    expect(again.get("k")?.toString().trim()).toBe(`${told}`);
    void again.close();
  }));

test("of two that opened one journal the later holds it, and the earlier fails at its next write", () =>
  inDir((dir) => {
    const one = openJournal(dir);
    const two = openJournal(dir);
    const put = (journal: typeof one) => () => journal.transact(0, () => journal.put("k", Buffer.from("v")));
    expect(put(one)).toThrow("another process");
    expect(put(two)).not.toThrow();
  }));

test("a folder that cannot be made is said so", () => {
  expect(() => openJournal("/dev/null/home")).toThrow(SwarmError);
  expect(() => openJournal("/dev/null/home")).toThrow(/choose another home/);
});

test("a node whose number has no room in a key is refused, instead of sharing another one's", () =>
  inDir((dir) => {
    const store = openJournalRaftStore({ dir, group });
    expect(() => store.load(2 ** 32 + 1)).toThrow(/32 bits/);
    expect(store.load(2 ** 32 - 2)).toMatchObject({ entries: [] });
    void store.close();
  }));
