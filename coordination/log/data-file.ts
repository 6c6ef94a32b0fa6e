import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { corrupt } from "./seal.ts";

/*
 * Where lmdb's `MDB_meta` (data version 2, 64 bits, little-endian) keeps what is needed here. It stands on each of the
 * first two pages, after a header; the one of the later transaction counts.
 */
const magicAt = 24;
const versionAt = 28;
const pageSizeAt = 48;
const lastPageAt = 144;
const transactionAt = 152;
const metaBytes = 160;

const magic = 0xbeefc0de;
const version = 2;
const smallestPageBytes = 4096;

/** LMDB need not write the last pages if they are free; so many bytes may be missing at most. */
const freeAtMostBytes = 64 * 1024;

/**
 * LMDB maps its file into memory, and a page that should be there and is not kills the process. So a file that was cut
 * off, by a copy that did not end for instance, throws `LOG_CORRUPT` before LMDB sees it.
 */
export const assertWhole = (path: string): void => {
  const file = openIfThere(path);
  if (file === undefined) return;
  try {
    // The file only grows, so its length is read after what it says of itself, which another process may be changing.
    const usedBytes = usedBytesOf(file);
    const { size } = fstatSync(file);
    if (size === 0) return;
    const missing = Math.max(usedBytes, 2 * smallestPageBytes) - size;
    if (missing > freeAtMostBytes || size < 2 * smallestPageBytes)
      throw corrupt(`the file ${path}`, `${missing} bytes are missing at its end`);
    if (missing > 0) appendZeros(path, missing);
  } finally {
    closeSync(file);
  }
};

/** How much the file says its pages take; 0 if that cannot be told, which LMDB then tells in its own words. */
const usedBytesOf = (file: number): number => {
  const first = readMeta(file, 0);
  if (first === undefined) return 0;
  const second = readMeta(file, first.pageBytes);
  const newest = second !== undefined && second.transaction > first.transaction ? second : first;
  return (newest.lastPage + 1) * newest.pageBytes;
};

const readMeta = (file: number, position: number) => {
  const page = Buffer.alloc(metaBytes);
  if (readSync(file, page, 0, metaBytes, position) < metaBytes) return undefined;
  if (page.readUInt32LE(magicAt) !== magic || page.readUInt32LE(versionAt) !== version) return undefined;
  return {
    pageBytes: page.readUInt32LE(pageSizeAt),
    lastPage: Number(page.readBigUInt64LE(lastPageAt)),
    transaction: page.readBigUInt64LE(transactionAt),
  };
};

/** At the end, wherever that is by now: another process may be lengthening the file too. */
const appendZeros = (path: string, count: number): void => {
  const file = openSync(path, "a");
  try {
    writeSync(file, Buffer.alloc(count));
  } finally {
    closeSync(file);
  }
};

const openIfThere = (path: string): number | undefined => {
  try {
    return openSync(path, "r");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
};
