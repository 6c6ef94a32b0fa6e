import type { LogIndex, NodeId } from "./types.ts";

/*
 * Keys of a store: `q`, which the event log does not use, the group, a zero byte, the node (four bytes), a letter for the
 * kind, and eight bytes. Numbers are big-endian, so that byte order is number order. All keys of a group are equally long:
 * the trouble that LMDB is known to have with removals needs keys of very different lengths.
 */

/** From `start` up to but not including `end`. */
export type KeyRange = { readonly start: Buffer; readonly end: Buffer };

/** The keys of one replica. */
export const keysOf = (group: string, node: NodeId) => {
  const name = Buffer.from(`q${group}\0`);
  const prefix = Buffer.alloc(name.length + 4);
  name.copy(prefix);
  prefix.writeUInt32BE(node, name.length);

  const key = (kind: number, high: number, low: number): Buffer => {
    const bytes = Buffer.allocUnsafe(prefix.length + 9);
    prefix.copy(bytes);
    bytes[prefix.length] = kind;
    bytes.writeUInt32BE(high, prefix.length + 1);
    bytes.writeUInt32BE(low, prefix.length + 5);
    return bytes;
  };

  const entries = (first: LogIndex): Buffer =>
    key(kinds.entries, Math.floor(first / 0x1_0000_0000), first % 0x1_0000_0000);
  const piece = (slot: number, offset: number): Buffer => key(kinds.piece, slot, offset);
  return {
    /** Entries that were written at once, by the index of the first. */
    entries,
    allEntries: { start: entries(0), end: key(kinds.entries + 1, 0, 0) },
    /** The next key after the last entries, and so most often on the same page. */
    head: key(kinds.head, 0, 0),
    piece,
    /** The pieces of slots from `from` up to but not including `to`. */
    pieces: (from: number, to: number): KeyRange => ({ start: piece(from, 0), end: piece(to, 0) }),
    allPieces: { start: piece(0, 0), end: key(kinds.piece + 1, 0, 0) },
    snapshot: key(kinds.snapshot, 0, 0),
  };
};

export type ReplicaKeys = ReturnType<typeof keysOf>;

const kinds = {
  entries: 0x65, // "e"
  head: 0x68, // "h"
  piece: 0x70, // "p"
  snapshot: 0x73, // "s"
} as const;

/** The two numbers that end a key. */
export const tailOf = (key: Uint8Array): { readonly high: number; readonly low: number } => {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return { high: bytes.readUInt32BE(bytes.length - 8), low: bytes.readUInt32BE(bytes.length - 4) };
};

/** The first index in a key of entries. */
export const firstOf = (key: Uint8Array): LogIndex => {
  const { high, low } = tailOf(key);
  return high * 0x1_0000_0000 + low;
};
