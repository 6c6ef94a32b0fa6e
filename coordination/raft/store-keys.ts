import type { LogIndex, NodeId } from "./types.ts";

/*
 * Keys of a store: `q`, which the event log does not use, the group, a zero byte, a letter for the kind, and twelve bytes.
 * Numbers are big-endian, so that byte order is number order. The node ends the keys of entries and heads: replicas in one
 * process append at the same place, and then share a page. All keys of a group are equally long: the trouble that LMDB is
 * known to have with removals needs keys of very different lengths.
 */

/** From `start` up to but not including `end`. */
export type KeyRange = { readonly start: Buffer; readonly end: Buffer };

/** The keys of one replica. */
export const keysOf = (group: string, node: NodeId) => {
  const prefix = Buffer.from(`q${group}\0`);

  const key = (kind: number, first: number, second: number, third: number): Buffer => {
    const bytes = Buffer.allocUnsafe(prefix.length + 13);
    prefix.copy(bytes);
    bytes[prefix.length] = kind;
    bytes.writeUInt32BE(first, prefix.length + 1);
    bytes.writeUInt32BE(second, prefix.length + 5);
    bytes.writeUInt32BE(third, prefix.length + 9);
    return bytes;
  };

  const entries = (first: LogIndex): Buffer =>
    key(kinds.entries, Math.floor(first / 0x1_0000_0000), first % 0x1_0000_0000, node);
  const piece = (slot: number, offset: number): Buffer => key(kinds.piece, node, slot, offset);
  return {
    /** Entries that were written at once, by the index of the first. */
    entries,
    /** Follows the last entries, and so is most often on the same page. */
    head: key(kinds.head, 0, 0, node),
    piece,
    /** The pieces of slots from `from` up to but not including `to`. */
    pieces: (from: number, to: number): KeyRange => ({ start: piece(from, 0), end: piece(to, 0) }),
    /** The pieces of slots from `from` on. */
    piecesFrom: (from: number): KeyRange => ({
      start: piece(from, 0),
      end: key(kinds.piece, node + 1, 0, 0),
    }),
    snapshot: key(kinds.snapshot, 0, 0, node),
  };
};

export type ReplicaKeys = ReturnType<typeof keysOf>;

const kinds = {
  entries: 0x65, // "e"
  head: 0x68, // "h"
  piece: 0x70, // "p"
  snapshot: 0x73, // "s"
} as const;

/** The slot in a key of a piece. */
export const slotOf = (key: Uint8Array): number =>
  Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUInt32BE(key.byteLength - 8);
