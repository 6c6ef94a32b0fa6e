import { invariant } from "../protocol/invariant.ts";
import type { Cells } from "./store-cells.ts";
import { decodeEntries, encodeEntries } from "./store-codec.ts";
import type { ReplicaKeys } from "./store-keys.ts";
import type { Entry, LogIndex } from "./types.ts";

/** Seals entries; replicas that write the same ones share the bytes. */
export type SealEntries = (entries: readonly Entry[]) => Buffer;

export type EntriesDeps = {
  readonly cells: Cells;
  readonly keys: ReplicaKeys;
  readonly name: string;
  readonly sealEntries: SealEntries;
};

/** The first entry that is stored and the last; without any, `first` is the one after `last`. */
export type Ends = { readonly first: LogIndex; readonly last: LogIndex };

/** The log of one replica: a value a write, each beginning where the one before ends. */
export const entriesOf = ({ cells, keys, name, sealEntries }: EntriesDeps) => {
  /** The first index in each value, rising, and the last index in the last. */
  let firsts: LogIndex[] = [];
  let last: LogIndex = 0;

  const read = (first: LogIndex): readonly Entry[] => {
    const what = `the entries of ${name} from ${first} on`;
    const text = cells.read(keys.entries(first), what);
    if (text === undefined) throw cells.damage(what, "they are missing");
    const entries = decodeEntries(text);
    if (entries === undefined) throw cells.damage(what, "they have the wrong shape");
    if (entries[0]?.index !== first) throw cells.damage(what, `they begin with ${entries[0]?.index}`);
    return entries;
  };

  /** Walks from value to value, from `first` to `end`, and gives the entries after `base`. */
  const load = (base: LogIndex, { first, last: end }: Ends): readonly Entry[] => {
    const found: Entry[] = [];
    firsts = [];
    last = first - 1;
    while (last < end) {
      const entries = read(last + 1);
      for (const entry of entries) if (entry.index > base) found.push(entry);
      firsts.push(last + 1);
      last += entries.length;
    }
    if (first > base + 1 || last !== end || end < base)
      throw cells.damage(
        `the log of ${name}`,
        `it goes from ${first} to ${last}, after a snapshot of ${base}`,
      );
    return found;
  };

  const append = (entries: readonly Entry[]): void => {
    const [head] = entries;
    if (head === undefined) return;
    entries.forEach(({ index }, at) => invariant(index === last + 1 + at, "a gap in the log"));
    cells.put(keys.entries(head.index), sealEntries(entries));
    firsts.push(head.index);
    last += entries.length;
  };

  const removeFrom = (from: LogIndex): void => {
    for (let first = firsts.at(-1); first !== undefined && first >= from; first = firsts.at(-1)) {
      cells.remove(keys.entries(first));
      firsts.pop();
    }
  };

  /** Removes the entries from `from` on, and rewrites the value that holds some on either side. */
  const cut = (from: LogIndex): void => {
    if (from > last) return;
    removeFrom(from);
    const first = firsts.at(-1);
    if (first !== undefined) {
      const entries = read(first);
      const kept = entries.slice(0, from - first);
      if (kept.length < entries.length) cells.put(keys.entries(first), cells.seal(encodeEntries(kept)));
    }
    last = from - 1;
  };

  return {
    load,
    append,
    cut,
    /** Removes all; the log goes on after `base`. */
    restart: (base: LogIndex): void => {
      removeFrom(0);
      last = base;
    },
    /** Removes values that hold nothing after `upTo`, at most so many at once. */
    sweep: (upTo: LogIndex, most: number): void => {
      let gone = 0;
      while (gone < most && gone < firsts.length && (firsts[gone + 1] ?? last + 1) <= upTo + 1) gone += 1;
      if (gone === 0) return;
      for (const first of firsts.splice(0, gone)) cells.remove(keys.entries(first));
    },
    ends: (): Ends => ({ first: firsts[0] ?? last + 1, last }),
  };
};
