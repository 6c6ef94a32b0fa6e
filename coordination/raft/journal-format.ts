import { crc32 } from "node:zlib";
import { SwarmError } from "../protocol/errors.ts";

/** A value set, or, if it is `undefined`, removed. A character of the key is a byte (Latin-1). */
export type Change = { readonly key: string; readonly value: Buffer | undefined };

const magic = 0x4a525753; // "SWRJ"
const version = 1;
const headBytes = 20;
/** Where a head has the length of its payload. */
const lengthAt = 12;
const changeHeadBytes = 7;

/** What a disk writes as a whole. */
const sectorBytes = 512;

/** How long a record of these changes is. */
export const recordBytes = (changes: readonly Change[]): number => {
  let bytes = headBytes;
  for (const { key, value } of changes) bytes += changeHeadBytes + key.length + (value?.length ?? 0);
  return bytes;
};

/**
 * Fills `record`, which has the length of one, with magic, version, the record's number, the length of its payload, CRC-32 of all
 * else; then the payload, for each change the length of its key, 1 or 0 for whether it has a value, the value's length, key, value.
 */
export const encodeRecord = (record: Buffer, sequence: number, changes: readonly Change[]): void => {
  record.writeUInt32LE(magic, 0);
  record.writeUInt32LE(version, 4);
  record.writeUInt32LE(sequence, 8);
  record.writeUInt32LE(record.length - headBytes, lengthAt);
  let at = headBytes;
  for (const { key, value } of changes) {
    record.writeUInt16LE(key.length, at);
    record.writeUInt8(value === undefined ? 0 : 1, at + 2);
    record.writeUInt32LE(value?.length ?? 0, at + 3);
    record.write(key, at + changeHeadBytes, "latin1");
    at += changeHeadBytes + key.length;
    if (value === undefined) continue;
    record.set(value, at);
    at += value.length;
  }
  record.writeUInt32LE(checksum(record), 16);
};

/**
 * All changes of a file, in order. The last record may be torn: then it was never acknowledged and does not count. Anything
 * else that is not as it was written throws `LOG_CORRUPT`, and a file of a newer version `LOG_VERSION`.
 */
export const readRecords = (file: Buffer, what: string): readonly Change[] => {
  const changes: Change[] = [];
  let at = 0;
  for (let sequence = 0; at < file.length; sequence += 1) {
    const record = recordAt(file, at);
    if (!isWhole(record, sequence)) {
      // The first was on disk before the file got its name.
      if (sequence > 0 && isTorn(file, at, sequence)) return changes;
      throw damaged(what, `record ${sequence}, or what is behind it, is not as it was written`);
    }
    if (record.readUInt32LE(4) !== version) throw tooNew(what, record.readUInt32LE(4));
    decodeChanges(record.subarray(headBytes), changes);
    at += record.length;
  }
  // Zeros are kept behind the last record, so one that ends with the file has lost what followed.
  if (file.length > 0) throw damaged(what, "its end is missing");
  return changes;
};

/** The bytes of a record, as far as the file has them. */
const recordAt = (file: Buffer, at: number): Buffer =>
  at + headBytes > file.length
    ? file.subarray(at)
    : file.subarray(at, at + headBytes + file.readUInt32LE(at + lengthAt));

const isWhole = (record: Buffer, sequence: number): boolean =>
  record.length >= headBytes &&
  record.readUInt32LE(0) === magic &&
  record.readUInt32LE(8) === sequence &&
  record.length === headBytes + record.readUInt32LE(lengthAt) &&
  record.readUInt32LE(16) === checksum(record);

const checksum = (record: Buffer): number => crc32(record.subarray(headBytes), crc32(record.subarray(0, 16)));

/**
 * Whether what is at `at` may be a write that a power cut interrupted. It went to zeros and left some behind it: each of its
 * sectors is there as it was written or is nothing but zeros, which no flipped bit makes; and nothing was written after it.
 */
const isTorn = (file: Buffer, at: number, sequence: number): boolean => {
  if (isZero(file.subarray(at))) return true;
  if (at + headBytes >= file.length || file[file.length - 1] !== 0) return false;
  if (hasLater(file, at, sequence) || !isHeadOf(file, at, sequence)) return false;
  // How long it was to be is not known, so anything behind may be a part of it.
  if (!isThere(file, at, at + lengthAt) || !isThere(file, at, at + lengthAt + 3)) return true;
  const end = at + headBytes + file.readUInt32LE(at + lengthAt);
  if (end >= file.length || !isZero(file.subarray(end)) || isWholeButForLength(file, at, sequence))
    return false;
  for (let sector = at - (at % sectorBytes); sector < end; sector += sectorBytes)
    if (isZero(file.subarray(Math.max(sector, at), Math.min(sector + sectorBytes, end)))) return true;
  return false;
};

const hasLater = (file: Buffer, at: number, sequence: number): boolean => {
  for (let later = file.indexOf("SWRJ", at + 1); later >= 0; later = file.indexOf("SWRJ", later + 1)) {
    const record = recordAt(file, later);
    if (record.length < headBytes) return false;
    const number = record.readUInt32LE(8);
    if (number > sequence && isWhole(record, number)) return true;
  }
  return false;
};

/** Whether the sector of a byte of what begins at `at` was written. */
const isThere = (file: Buffer, at: number, byte: number): boolean => {
  const sector = byte - (byte % sectorBytes);
  return !isZero(file.subarray(Math.max(sector, at), sector + sectorBytes));
};

/** Whether all that is there of a head begins as that of this record would. */
const isHeadOf = (file: Buffer, at: number, sequence: number): boolean => {
  const head = Buffer.alloc(lengthAt);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(version, 4);
  head.writeUInt32LE(sequence, 8);
  return head.every((byte, offset) => file[at + offset] === byte || !isThere(file, at, at + offset));
};

/** Whether a flipped bit in its length makes a whole record look as if its end had not been written. */
const isWholeButForLength = (file: Buffer, at: number, sequence: number): boolean => {
  for (let bit = 0; bit < 32; bit += 1) {
    const length = (file.readUInt32LE(at + lengthAt) ^ (1 << bit)) >>> 0;
    if (at + headBytes + length >= file.length) continue;
    const record = Buffer.from(file.subarray(at, at + headBytes + length));
    record.writeUInt32LE(length, lengthAt);
    if (isWhole(record, sequence)) return true;
  }
  return false;
};

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

const decodeChanges = (payload: Buffer, into: Change[]): void => {
  for (let at = 0; at < payload.length;) {
    const keyEnd = at + changeHeadBytes + payload.readUInt16LE(at);
    const end = keyEnd + payload.readUInt32LE(at + 3);
    const key = payload.toString("latin1", at + changeHeadBytes, keyEnd);
    into.push({ key, value: payload[at + 2] === 1 ? payload.subarray(keyEnd, end) : undefined });
    at = end;
  }
};

export const damaged = (what: string, why: string): SwarmError =>
  new SwarmError(
    "LOG_CORRUPT",
    `${what} is damaged: ${why}; check the disk, restore no older copy, and let the replica join anew under another number`,
  );

const tooNew = (what: string, found: number): SwarmError =>
  new SwarmError(
    "LOG_VERSION",
    `${what} has format ${found}, this swarm reads ${version}; read it with the swarm that wrote it or a newer one`,
  );
