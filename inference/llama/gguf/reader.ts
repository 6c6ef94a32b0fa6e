import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What is wrong with a file: `field` names the place in it, `what` says what stands there. */
export class GgufFlaw extends Error {
  override readonly name = "GgufFlaw";

  constructor(field: string, what: string) {
    super(`${field} ${what}`);
  }
}

/** Reads little-endian values one after the other. All throw `GgufFlaw` with the field's name where the file ends too early. */
export type GgufReader = {
  /** Length of the file in bytes. */
  readonly size: number;
  /** Where the next value stands. */
  position(): number;
  /** At most 64 KiB, and only until the next read. */
  bytes(count: number, field: string): Buffer;
  u32(field: string): number;
  /** Throws where it is more than numbers can hold exactly. */
  u64(field: string): number;
  /** A length and so many bytes of UTF-8: at most `most`, which is at most 64 KiB. */
  string(field: string, most: number): string;
  /** Goes past so many bytes without reading them. */
  skip(count: number, field: string): void;
  close(): void;
};

const WINDOW_BYTES = 64 * 1024;
/** Far above the header of any real model: one of 256 thousand words has 10 MiB. */
const MAX_READ_BYTES = 128 * 1024 * 1024;

/** Opens a file. It holds one small window of it, so memory is bounded whatever the file claims. Throws as `node:fs` does. */
export const openGguf = (file: string): GgufReader => {
  const handle = openSync(file, "r");
  const { size } = fstatSync(handle);
  const window = Buffer.alloc(WINDOW_BYTES);
  let windowAt = 0;
  let windowBytes = 0;
  let at = 0;
  let readBytes = 0;

  const need = (count: number, field: string): void => {
    if (count > size - at) throw new GgufFlaw(field, `goes on beyond the end of the file (${size} bytes)`);
  };
  /** Where in the window the next `count` bytes begin. */
  const load = (count: number, field: string): number => {
    need(count, field);
    if (at + count > windowAt + windowBytes) {
      windowAt = at;
      windowBytes = readSync(handle, window, 0, WINDOW_BYTES, at);
      readBytes += windowBytes;
      if (windowBytes < count) throw new GgufFlaw(field, "cannot be read to its end");
      if (readBytes > MAX_READ_BYTES)
        throw new GgufFlaw(field, `lies behind ${MAX_READ_BYTES} bytes of header`);
    }
    const from = at - windowAt;
    at += count;
    return from;
  };
  const bytes = (count: number, field: string): Buffer => {
    const from = load(count, field);
    return window.subarray(from, from + count);
  };
  const u64 = (field: string): number => {
    const from = load(8, field);
    // Two halves are read several times faster than a BigInt, and vocabularies have a hundred thousand of them.
    const high = window.readUInt32LE(from + 4);
    if (high >= 1 << 21) throw new GgufFlaw(field, `is ${window.readBigUInt64LE(from)}, more than can be`);
    return high * 2 ** 32 + window.readUInt32LE(from);
  };

  return {
    size,
    position: () => at,
    bytes,
    u32: (field) => {
      const from = load(4, field);
      return window.readUInt32LE(from);
    },
    u64,
    string(field, most) {
      const length = u64(field);
      if (length > most) throw new GgufFlaw(field, `has ${length} bytes, and ${most} are the most`);
      return bytes(length, field).toString("utf8");
    },
    skip(count, field) {
      need(count, field);
      at += count;
    },
    close: () => closeSync(handle),
  };
};
