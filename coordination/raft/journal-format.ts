import { crc32 } from "node:zlib";
import { SwarmError } from "../protocol/errors.ts";

/** A value set, or, if it is `undefined`, removed. A character of the key is a byte (Latin-1). */
export type Change = { readonly key: string; readonly value: Buffer | undefined };

const magic = 0x4a525753; // "SWRJ"
const version = 1;
const headBytes = 20;
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
  record.writeUInt32LE(record.length - headBytes, 12);
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
  for (let sequence = 0; at + headBytes <= file.length; sequence += 1) {
    const length = file.readUInt32LE(at + 12);
    const record = file.subarray(at, at + headBytes + length);
    if (!isWhole(record, sequence)) {
      if (isTorn(file, at, sequence)) return changes;
      throw damaged(what, `record ${sequence} is not as it was written`);
    }
    if (record.readUInt32LE(4) !== version) throw tooNew(what, record.readUInt32LE(4));
    decodeChanges(record.subarray(headBytes), changes);
    at += record.length;
  }
  // Zeros are kept behind the last record, so one that ends with the file has lost what followed.
  if (file.length > 0 && (at === file.length || !isZero(file.subarray(at))))
    throw damaged(what, "its end is missing");
  return changes;
};

const isWhole = (record: Buffer, sequence: number): boolean =>
  record.readUInt32LE(0) === magic &&
  record.readUInt32LE(8) === sequence &&
  record.length === headBytes + record.readUInt32LE(12) &&
  record.readUInt32LE(16) === checksum(record);

const checksum = (record: Buffer): number => crc32(record.subarray(headBytes), crc32(record.subarray(0, 16)));

/**
 * Whether what is at `at` may be a write that a power cut interrupted. It went to zeros: of each sector that it did not reach
 * nothing but zeros is left, which no flipped bit makes; and nothing was written after it.
 */
const isTorn = (file: Buffer, at: number, sequence: number): boolean => {
  if (isZero(file.subarray(at))) return true;
  for (let later = at + 1; later + headBytes <= file.length; later += 1) {
    later = file.indexOf("SWRJ", later);
    if (later < 0 || later + headBytes > file.length) break;
    const length = file.readUInt32LE(later + 12);
    if (isWhole(file.subarray(later, later + headBytes + length), file.readUInt32LE(later + 8)))
      if (file.readUInt32LE(later + 8) > sequence) return false;
  }
  const length = file.readUInt32LE(at + 12);
  const isHeadThere = file.readUInt32LE(at) === magic;
  const end = isHeadThere ? at + headBytes + length : file.length;
  if (end > file.length) return false;
  for (let sector = at - (at % sectorBytes); sector < end; sector += sectorBytes)
    if (isZero(file.subarray(Math.max(sector, at), Math.min(sector + sectorBytes, end)))) return true;
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
