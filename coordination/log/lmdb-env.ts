import { mkdirSync, statfsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { open, type RangeOptions } from "lmdb";
import { SwarmError } from "../protocol/errors.ts";
import { assertWhole } from "./data-file.ts";
import { reserveAtMostBytes, reserveIn } from "./reserve.ts";
import { corrupt } from "./seal.ts";

/** The few things that the log does with LMDB. Keys and values are bytes. */
export type Env = {
  get(key: Buffer): Buffer | undefined;
  has(key: Buffer): boolean;
  /** All at once: no cursor stays open. */
  entries(range: Range): readonly { readonly key: Uint8Array; readonly value: Buffer }[];
  values(range: Range): readonly Buffer[];
  /** The last key of a range. */
  lastKey(range: { readonly start: Buffer; readonly end: Buffer }): Uint8Array | undefined;
  /** Only within `transact`. */
  put(key: Buffer, value: Buffer): void;
  /** Only within `transact`. The log never removes; a Raft store does. */
  remove(key: Buffer): void;
  /** All of `write`, about `bytes`, on disk when this returns, or nothing of it when this throws. Other processes wait meanwhile. */
  transact(bytes: number, write: () => void): void;
  /** What its pages take up, and what they could: LMDB extends its map by itself until the disk is full. */
  space(): { readonly usedBytes: number; readonly mapBytes: number };
  /** Later reads see what other processes have committed since. */
  refresh(): void;
  close(): Promise<void>;
};

type Range = Omit<RangeOptions, "start" | "end"> & { readonly start: Buffer; readonly end: Buffer };

/** Opens the environment in a folder, made if need be. Throws `HOME_UNUSABLE`, or `LOG_CORRUPT` if its file was cut off. */
export const openEnv = (dir: string): Env => {
  const { db, isReadOnly } = openDb(dir);
  const usedBytes = (): number => {
    const { pageSize, lastPageNumber } = db.getStats() as Stats;
    return (lastPageNumber + 1) * pageSize;
  };
  const reserve = reserveIn({ path: dataFile(dir), usedBytes });
  const reading = <Found>(read: () => Found): Found => {
    try {
      return read();
    } catch (cause) {
      // LMDB notices some damage to its own pages; nothing else fails here.
      throw corrupt(`the file in ${dir}`, cause instanceof Error ? cause.message : String(cause), cause);
    }
  };
  return {
    get: (key) => reading(() => db.getBinary(key)),
    has: (key) => reading(() => db.doesExist(key)),
    entries: (range) => reading(() => Array.from(db.getRange(range))),
    values: (range) => reading(() => Array.from(db.getRange(range), ({ value }) => value)),
    lastKey: ({ start, end }) =>
      reading(() => Array.from(db.getKeys({ start: end, end: start, reverse: true, limit: 1 }))[0]),
    put: (key, value) => {
      db.putSync(key, value);
    },
    remove: (key) => {
      db.removeSync(key);
    },
    transact: (bytes, write) => {
      if (isReadOnly) throw onlyRead(dir);
      assertSpace(dir, spareBytes + 2 * bytes);
      // The body is a block that returns nothing: a promise that `write` gave back would make LMDB commit too late.
      db.transactionSync(() => {
        reserve(bytes);
        write();
      });
    },
    space: () => {
      const used = usedBytes();
      const { bavail, bsize } = statfsSync(dir);
      return { usedBytes: used, mapBytes: used + bavail * bsize };
    },
    refresh: () => db.resetReadTxn(),
    close: () => db.close(),
  };
};

const onlyRead = (dir: string): SwarmError =>
  new SwarmError(
    "HOME_UNUSABLE",
    `${dir} is on a file system that can only be read; choose another home to write`,
  );

type Stats = { readonly pageSize: number; readonly lastPageNumber: number };

/**
 * Room for the pages that a commit copies, and for the reserve. When a write fails inside lmdb 3.5, it formats its message into too small a
 * buffer, which can end the process; so a disk that is nearly full is refused before LMDB meets it.
 */
const spareBytes = 1024 * 1024 + reserveAtMostBytes;

const assertSpace = (dir: string, bytes: number): void => {
  const { bavail, blocks, bsize } = statfsSync(dir);
  // Some file systems count nothing; they must speak for themselves.
  if (blocks > 0 && bavail * bsize < bytes)
    throw new Error(`ENOSPC: less than ${bytes} bytes left in ${dir}`);
};

const dataFile = (dir: string): string => join(dir, "data.mdb");

const openDb = (dir: string) => {
  try {
    mkdirSync(dir, { recursive: true });
    assertWhole(dataFile(dir));
    return openFor(dir);
  } catch (cause) {
    if (cause instanceof SwarmError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SwarmError(
      "HOME_UNUSABLE",
      `the log in ${dir} does not open (${reason}); check the folder's rights and the disk's space, or choose another home`,
      { cause },
    );
  }
};

/** On a file system that takes no writes a record can still be read. */
const openFor = (dir: string) => {
  const options = {
    path: dir,
    keyEncoding: "binary",
    encoding: "binary",
    // Every commit is flushed before it returns; nothing is ever acknowledged on the strength of a later flush.
    overlappingSync: false,
    eventTurnBatching: false,
    maxReaders: 256,
  } as const;
  try {
    return { db: open<Buffer, Uint8Array>(options), isReadOnly: false };
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === constants.errno.EROFS)) throw cause;
    return { db: open<Buffer, Uint8Array>({ ...options, readOnly: true }), isReadOnly: true };
  }
};
