import type { Entry } from "./types.ts";

/**
 * A list that never changes: what is appended makes a new list, which shares all chunks with the old one but the last. `full`
 * holds chunks of `chunkEntries`, `tail` the rest, at least one short of a chunk.
 */
export type EntryList = {
  readonly full: readonly (readonly Entry[])[];
  readonly tail: readonly Entry[];
};

/** What an append copies is half of this on average. */
const chunkEntries = 64;

export const emptyList: EntryList = { full: [], tail: [] };

export const countOf = ({ full, tail }: EntryList): number => full.length * chunkEntries + tail.length;

/** The entry at a place from 0, if the list reaches so far. */
export const entryAt = ({ full, tail }: EntryList, place: number): Entry | undefined => {
  const before = full.length * chunkEntries;
  return place < before
    ? full[Math.floor(place / chunkEntries)]?.[place % chunkEntries]
    : tail[place - before];
};

export const listWith = (list: EntryList, added: readonly Entry[]): EntryList => {
  if (added.length === 0) return list;
  let { full } = list;
  let tail = [...list.tail];
  for (const entry of added) {
    tail.push(entry);
    if (tail.length < chunkEntries) continue;
    full = [...full, tail];
    tail = [];
  }
  return { full, tail };
};

/** The places from `from` up to but without `to`, as far as the list reaches. */
export const placesBetween = ({ full, tail }: EntryList, from: number, to: number): readonly Entry[] => {
  const before = full.length * chunkEntries;
  if (from >= before) return tail.slice(from - before, to - before);
  const found: Entry[] = [];
  for (let at = Math.floor(from / chunkEntries); at < full.length && at * chunkEntries < to; at += 1) {
    const start = at * chunkEntries;
    for (const entry of full[at]?.slice(Math.max(0, from - start), to - start) ?? []) found.push(entry);
  }
  for (const entry of to > before ? tail.slice(0, to - before) : []) found.push(entry);
  return found;
};

/** The first `count` entries. */
export const firstOf = ({ full, tail }: EntryList, count: number): EntryList => {
  const chunks = Math.floor(count / chunkEntries);
  const last = chunks < full.length ? full[chunks] : tail;
  return { full: full.slice(0, chunks), tail: last?.slice(0, count % chunkEntries) ?? [] };
};
