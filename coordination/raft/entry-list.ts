import type { Entry } from "./types.ts";

/**
 * A list that never changes: what is appended makes a new list, which shares all chunks with the old one but the last. `full`
 * holds chunks of `chunkEntries`, `tail` the rest, at least one short of a chunk.
 */
export type EntryList = {
  readonly full: readonly (readonly Entry[])[];
  readonly tail: readonly Entry[];
};

const chunkBits = 5;
/** What an append copies is half of this on average. */
const chunkEntries = 1 << chunkBits;
const placeInChunk = chunkEntries - 1;

export const emptyList: EntryList = { full: [], tail: [] };

export const countOf = ({ full, tail }: EntryList): number => (full.length << chunkBits) + tail.length;

/** The entry at a place from 0, if the list reaches so far. */
export const entryAt = ({ full, tail }: EntryList, place: number): Entry | undefined => {
  const chunk = place >> chunkBits;
  const entries = chunk === full.length ? tail : full[chunk];
  return entries?.[place & placeInChunk];
};

export const listWith = (list: EntryList, added: readonly Entry[]): EntryList => {
  const filled: (readonly Entry[])[] = [];
  let tail = list.tail.slice();
  for (const entry of added) {
    tail.push(entry);
    if (tail.length < chunkEntries) continue;
    filled.push(tail);
    tail = [];
  }
  return { full: filled.length === 0 ? list.full : [...list.full, ...filled], tail };
};

/** The places from `from` up to but without `to`, as far as the list reaches. */
export const placesBetween = ({ full, tail }: EntryList, from: number, to: number): readonly Entry[] => {
  const before = full.length << chunkBits;
  if (from >= before) return tail.slice(from - before, to - before);
  const found: Entry[] = [];
  for (let chunk = from >> chunkBits; chunk <= full.length; chunk += 1) {
    const start = chunk << chunkBits;
    if (start >= to) break;
    const entries = chunk === full.length ? tail : full[chunk];
    for (const entry of entries?.slice(Math.max(0, from - start), to - start) ?? []) found.push(entry);
  }
  return found;
};

/** The first `count` entries. */
export const firstOf = ({ full, tail }: EntryList, count: number): EntryList => {
  const chunk = count >> chunkBits;
  const last = chunk === full.length ? tail : full[chunk];
  return { full: full.slice(0, chunk), tail: last?.slice(0, count & placeInChunk) ?? [] };
};
