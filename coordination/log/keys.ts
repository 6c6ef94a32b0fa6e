import type { RunId } from "../protocol/ids.ts";
import type { Position } from "./log.ts";

/*
 * Keys of the LMDB environment: one letter for the kind, then the parts. Numbers are eight bytes, big-endian, so that
 * byte order is number order; a zero byte ends a name. `docs/log-format.md` lists them all.
 */

/** A group commit. */
export const chunkKey = (sequence: number): Buffer => {
  const key = Buffer.allocUnsafe(9);
  key[0] = 0x63; // "c"
  writeNumber(key, sequence, 1);
  return key;
};
export const allChunks = { start: Buffer.from("c"), end: Buffer.from("d") };

/** Which chunk holds the rows of a run from a position on. The run's record follows the last of these, mostly on the same page. */
export const placeKey = (run: RunId, position: Position): Buffer => numbered(`r${run}\0i`, position);
export const recordKey = (run: RunId): Buffer => Buffer.from(`r${run}\0z`);

/** In which chunks each actor has rows, in postings named by the last position that they cover. */
export const postingKey = (run: RunId, position: Position): Buffer => numbered(`p${run}\0`, position);

/** Which run began with a row of a chunk. */
export const bornKey = (sequence: number, place: number): Buffer => {
  const key = Buffer.allocUnsafe(17);
  key[0] = 0x6e; // "n"
  writeNumber(key, sequence, 1);
  writeNumber(key, place, 9);
  return key;
};
export const allBorn = { start: Buffer.from("n"), end: Buffer.from("o") };

export const snapshotKey = (run: RunId, position: Position): Buffer => numbered(`s${run}\0`, position);
export const blobKey = (hash: string): Buffer => Buffer.concat([Buffer.from("b"), Buffer.from(hash, "hex")]);

const beyond = Number.MAX_SAFE_INTEGER;

/** Keys of one kind and owner, from a position on, or from the last one up to a position backwards. */
export const placesFrom = (run: RunId, from: Position) => ({
  start: placeKey(run, from),
  end: placeKey(run, beyond),
});
export const placesBackFrom = (run: RunId, from: Position) => ({
  start: placeKey(run, from),
  end: placeKey(run, 0),
  inclusiveEnd: true,
  reverse: true,
});
export const postingsFrom = (run: RunId, from: Position) => ({
  start: postingKey(run, from),
  end: postingKey(run, beyond),
});
export const snapshotsBack = (run: RunId) => ({
  start: snapshotKey(run, beyond),
  end: snapshotKey(run, 0),
  inclusiveEnd: true,
  reverse: true,
});

const numbered = (prefix: string, value: number): Buffer => {
  const name = Buffer.from(prefix);
  const key = Buffer.allocUnsafe(name.length + 8);
  key.set(name, 0);
  writeNumber(key, value, name.length);
  return key;
};

const writeNumber = (key: Buffer, value: number, at: number): void => {
  key.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  key.writeUInt32BE(value % 0x1_0000_0000, at + 4);
};

/** The number that ends a key. */
export const lastNumber = (key: Uint8Array): number => {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const at = bytes.length - 8;
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
};
