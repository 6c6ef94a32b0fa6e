import { invariant } from "../protocol/invariant.ts";
import type { Cells } from "./store-cells.ts";
import { decodePiece, decodePieces, encodePiece, encodePieces, type Pieces } from "./store-codec.ts";
import { slotOf, type ReplicaKeys } from "./store-keys.ts";
import type { StoredSnapshot } from "./store.ts";
import type { SnapshotMeta } from "./types.ts";

export type SnapshotsDeps = { readonly cells: Cells; readonly keys: ReplicaKeys; readonly name: string };

/** A snapshot on its way. Only the memory of this process knows it, as only the core of this process asks for it. */
type Staged = Pieces & { readonly held: number; readonly done: boolean };

/**
 * The stored snapshot of one replica, and those that are staged. Each has its own slot, and pieces are only ever added under
 * a slot that no key names yet, so that a snapshot never mixes with what an earlier one left behind.
 */
export const snapshotsOf = ({ cells, keys, name }: SnapshotsDeps) => {
  let stored: Pieces | undefined;
  let staged: readonly Staged[] = [];
  let nextSlot = 1;
  /** Keys of pieces that belong to no snapshot any more; they go bit by bit. */
  let garbage: string[] = [];
  const what = `the snapshot of ${name}`;

  const load = (slot: number): SnapshotMeta | null => {
    const text = cells.read(keys.snapshot, what);
    const pieces = text === undefined ? undefined : decodePieces(text);
    if (text !== undefined && pieces === undefined) throw cells.damage(what, "it has the wrong shape");
    if ((pieces?.slot ?? 0) !== slot)
      throw cells.damage(what, `slot ${slot} is wanted, ${pieces?.slot ?? "none"} found`);
    stored = pieces;
    staged = [];
    // What an earlier process staged and nobody took over.
    const stray = [keys.pieces(0, slot), keys.piecesFrom(slot + 1)];
    garbage = stray.flatMap((range) => cells.keys(range, what));
    nextSlot = garbage.reduce((most, key) => Math.max(most, slotOf(key)), slot) + 1;
    return stored?.meta ?? null;
  };

  const discard = (pieces: Pieces | undefined): void => {
    for (const offset of pieces?.offsets ?? []) garbage.push(keys.piece(pieces?.slot ?? 0, offset));
  };

  const putPiece = (slot: number, offset: number, data: string): void =>
    cells.put(keys.piece(slot, offset), cells.seal(encodePiece({ slot, offset, data })));

  const takeOver = (next: Pieces): void => {
    cells.put(keys.snapshot, cells.seal(encodePieces(next)));
    discard(stored);
    stored = next;
  };

  /** Puts one part aside. */
  const stage = (meta: SnapshotMeta, offset: number, data: string, done: boolean): void => {
    if (offset === 0) {
      const stays = staged.filter((other) => other.done && !isOf(other, meta));
      staged.filter((other) => !stays.includes(other)).forEach(discard);
      staged = [...stays, { slot: nextSlot, meta, offsets: [], held: 0, done: false }];
      nextSlot += 1;
    }
    const open = staged.find((other) => isOf(other, meta) && !other.done);
    invariant(open?.held === offset, "a part of a snapshot that does not follow");
    const held = offset + data.length;
    invariant(!done || held === meta.length, "a snapshot of another length than it said");
    const offsets = data === "" ? open.offsets : [...open.offsets, offset];
    if (data !== "") putPiece(open.slot, offset, data);
    staged = staged.map((other) => (other === open ? { ...open, offsets, held, done } : other));
  };

  /** Makes a staged snapshot the stored one. */
  const promote = (meta: SnapshotMeta): void => {
    const found = staged.find((other) => isOf(other, meta) && other.done);
    invariant(found !== undefined, "a snapshot that was not staged");
    // A newer one may have come while this write waited for its turn, and its own write follows.
    const newer = staged.filter((other) => other.meta.index > meta.index);
    staged.filter((other) => other !== found && !newer.includes(other)).forEach(discard);
    staged = newer;
    takeOver({ slot: found.slot, meta: found.meta, offsets: found.offsets });
  };

  const pieceAt = (slot: number, offset: number): string => {
    const text = cells.read(keys.piece(slot, offset), what);
    if (text === undefined) throw cells.damage(what, `the piece at ${offset} is missing`);
    const piece = decodePiece(text);
    if (piece?.slot !== slot || piece.offset !== offset)
      throw cells.damage(what, `the piece at ${offset} is another`);
    return piece.data;
  };

  /** Characters of the stored snapshot. Pieces must follow each other without a gap. */
  const slice = ({ slot, offsets, meta }: Pieces, from: number, length: number): string => {
    const end = Math.min(from + length, meta.length);
    let text = "";
    let at = Math.max(
      0,
      offsets.findLastIndex((offset) => offset <= from),
    );
    const start = offsets[at] ?? 0;
    for (; start + text.length < end; at += 1) {
      const offset = offsets[at];
      if (offset !== start + text.length)
        throw cells.damage(what, `a piece at ${start + text.length} is missing`);
      text += pieceAt(slot, offset);
    }
    return text.slice(from - start, Math.max(from, end) - start);
  };

  return {
    load,
    stage,
    promote,
    /** For a snapshot of our own: `putPiece` under the slot, then `takeOver`. */
    newSlot: (): number => {
      nextSlot += 1;
      return nextSlot - 1;
    },
    putPiece,
    takeOver,
    chunk: (meta: SnapshotMeta, offset: number, length: number): string | undefined =>
      stored !== undefined && isOf(stored, meta) ? slice(stored, offset, length) : undefined,
    whole: (): StoredSnapshot | undefined =>
      stored === undefined ? undefined : { meta: stored.meta, data: slice(stored, 0, stored.meta.length) },
    stored: (): Pieces | undefined => stored,
    sweep: (most: number): void => {
      for (const key of garbage.splice(0, most)) cells.remove(key);
    },
  };
};

const isOf = ({ meta }: Pieces, { index, term }: SnapshotMeta): boolean =>
  meta.index === index && meta.term === term;
