import { invariant } from "../protocol/invariant.ts";
import type { LogIndex, NodeId } from "./types.ts";

/*
 * Keys of a store: `q`, which the event log does not use, the group, a zero byte, a letter for the kind, and twelve bytes.
 * They are strings here, a character a byte (Latin-1): maps find those faster. Numbers are big-endian, so that the order of keys
 * is that of numbers. The node ends the keys of entries and heads: replicas in one
 * process append at the same place, and then share a page. All keys of a group are equally long: the trouble that LMDB is
 * known to have with removals needs keys of very different lengths.
 */

/** From `start` up to but not including `end`. */
export type KeyRange = { readonly start: string; readonly end: string };

/** The keys of one replica. */
export const keysOf = (group: string, node: NodeId) => {
  invariant(node < 0xffff_ffff, "the number of a node on disk has 32 bits");
  const prefix = Buffer.from(`q${group}\0`).toString("latin1");

  const key = (kind: string, first: number, second: number, third: number): string =>
    prefix + kind + word(first) + word(second) + word(third);

  const entries = (first: LogIndex): string =>
    key(kinds.entries, Math.floor(first / 0x1_0000_0000), first % 0x1_0000_0000, node);
  const piece = (slot: number, offset: number): string => key(kinds.piece, node, slot, offset);
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

const kinds = { entries: "e", head: "h", piece: "p", snapshot: "s" } as const;

/** Four characters, the highest byte first. */
const word = (value: number): string =>
  String.fromCharCode(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

/** The slot in a key of a piece. */
export const slotOf = (key: string): number => bytesOf(key).readUInt32BE(key.length - 8);

/** A key as it stands on the disk. */
export const bytesOf = (key: string): Buffer => Buffer.from(key, "latin1");
