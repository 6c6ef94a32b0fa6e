import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { SwarmError } from "../protocol/errors.ts";
import { damaged, encodeRecord, readRecords, recordBytes, type Change } from "./journal-format.ts";
import type { Env } from "./store-disk.ts";

/** Zeros are written ahead in steps of this, so that a commit changes no length and one flush of its data is enough. */
const reserveBytes = 1024 * 1024;

/** The file is written anew when it is longer than this and than four times what it still says. */
const rewriteFromBytes = 8 * 1024 * 1024;

const fileName = "journal";
const freshSuffix = ".new";

/**
 * A file that is only appended to, one record and one flush a transaction, with everything in memory too. For a store that is
 * small and written all the time: LMDB flushes twice a commit and copies pages. Throws `HOME_UNUSABLE` if the folder
 * cannot hold it, `LOG_CORRUPT` if the file is damaged. One process at a time opens it: a run's lease sees to that.
 */
export const openJournal = (dir: string): Env => {
  const path = join(dir, fileName);
  const values = new Map<string, Buffer>(readValues(dir, path));
  let liveBytes = 0;
  for (const [key, value] of values) liveBytes += key.length + value.length;
  /** What the transaction under way has changed, and what was there before. */
  let changes: Undoable[] = [];
  let { file, position, reserved, sequence, inode } = rewritten(dir, values);
  let rewriteFrom = rewriteFromBytes;
  /** Every record is made here, as what is written all the time should leave nothing for the collector. */
  let desk = Buffer.alloc(0);

  const set = (key: string, value: Buffer | undefined, before: Buffer | undefined): void => {
    liveBytes += sizeOf(key, value) - sizeOf(key, before);
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  };

  const change = (key: string, value: Buffer | undefined): void => {
    const before = values.get(key);
    changes.push({ key, value, before });
    set(key, value, before);
  };

  const append = (written: readonly Change[]): void => {
    // Whoever opened the journal after us has put another file in its place.
    if (statSync(path).ino !== inode) throw new Error(`${path} was taken over by another process meanwhile`);
    const length = recordBytes(written);
    if (desk.length < length) desk = Buffer.allocUnsafeSlow(2 * length);
    const record = desk.subarray(0, length);
    encodeRecord(record, sequence, written);
    if (position + record.length >= reserved) {
      const zeros = Buffer.alloc(Math.max(reserveBytes, record.length));
      writeAll(file, zeros, reserved);
      fdatasyncSync(file);
      reserved += zeros.length;
    }
    writeAll(file, record, position);
    fdatasyncSync(file);
    position += record.length;
    sequence += 1;
  };

  const rewriteIfLong = (): void => {
    if (position < rewriteFrom || position < 4 * liveBytes) return;
    let draft: Draft;
    try {
      draft = drafted(dir, values);
    } catch {
      // What was written is on disk all the same, and there may be no room for a second file: later, then.
      rewriteFrom = 2 * position;
      return;
    }
    const old = file;
    ({ file, position, reserved, sequence, inode } = named(dir, draft));
    closeSync(old);
    rewriteFrom = rewriteFromBytes;
  };

  return {
    get: (key) => values.get(key),
    keys: ({ start, end }) => [...values.keys()].filter((key) => key >= start && key < end).sort(),
    put: (key, value) => change(key, value),
    remove: (key) => change(key, undefined),
    transact: (_, write) => {
      changes = [];
      try {
        write();
        append(changes);
      } catch (error) {
        for (const { key, value, before } of changes.toReversed()) set(key, before, value);
        throw error;
      }
      rewriteIfLong();
    },
    refresh: () => undefined,
    close: () => {
      closeSync(file);
      return Promise.resolve();
    },
  };
};

type Undoable = Change & { readonly before: Buffer | undefined };

const sizeOf = (key: string, value: Buffer | undefined): number =>
  value === undefined ? 0 : key.length + value.length;

const readValues = (dir: string, path: string): ReadonlyMap<string, Buffer> => {
  const values = new Map<string, Buffer>();
  for (const { key, value } of readRecords(readJournal(dir, path), path)) {
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  }
  return values;
};

const readJournal = (dir: string, path: string): Buffer => {
  try {
    mkdirSync(dir, { recursive: true });
    // What a process left behind that died before its fresh file took the old one's place.
    for (const name of readdirSync(dir))
      if (name.endsWith(freshSuffix)) rmSync(join(dir, name), { force: true });
    const bytes = readFileSync(path);
    // There are always zeros in it, so an empty one is not a fresh one.
    if (bytes.length === 0) throw damaged(path, "it is empty");
    return bytes;
  } catch (cause) {
    if (cause instanceof SwarmError) throw cause;
    if (isMissing(cause)) return Buffer.alloc(0);
    throw unusable(dir, cause);
  }
};

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT";

/** A fresh file with what is there now takes the place of the old one, all or nothing. */
const rewritten = (dir: string, values: ReadonlyMap<string, Buffer>) => {
  try {
    return named(dir, drafted(dir, values));
  } catch (cause) {
    throw unusable(dir, cause);
  }
};

/** A file on disk that has not got the journal's name yet, and how long its one record is. */
type Draft = { readonly file: number; readonly path: string; readonly length: number };

/** Where this throws, it leaves nothing behind. */
const drafted = (dir: string, values: ReadonlyMap<string, Buffer>): Draft => {
  const path = join(dir, `${fileName}.${process.pid}${freshSuffix}`);
  const file = openSync(path, "w+");
  try {
    const all = [...values].map(([key, value]) => ({ key, value }));
    const record = Buffer.allocUnsafe(recordBytes(all));
    encodeRecord(record, 0, all);
    writeAll(file, Buffer.concat([record, Buffer.alloc(reserveBytes)]), 0);
    fsyncSync(file);
    return { file, path, length: record.length };
  } catch (cause) {
    closeSync(file);
    rmSync(path, { force: true });
    throw cause;
  }
};

const named = (dir: string, { file, path, length }: Draft) => {
  renameSync(path, join(dir, fileName));
  const folder = openSync(dir, "r");
  fsyncSync(folder);
  closeSync(folder);
  const { ino: inode } = fstatSync(file);
  return { file, position: length, reserved: length + reserveBytes, sequence: 1, inode };
};

const writeAll = (file: number, bytes: Buffer, position: number): void => {
  for (let done = 0; done < bytes.length;)
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
};

const unusable = (dir: string, cause: unknown): SwarmError =>
  new SwarmError(
    "HOME_UNUSABLE",
    `${dir} cannot be used (${cause instanceof Error ? cause.message : String(cause)}); check the folder's rights and the disk's space, or choose another home`,
    { cause },
  );
