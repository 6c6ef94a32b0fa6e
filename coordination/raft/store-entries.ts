import { invariant } from "../protocol/invariant.ts";
import type { Cells } from "./store-cells.ts";
import { decodeEntries, encodeEntries } from "./store-codec.ts";
import { firstOf, type ReplicaKeys } from "./store-keys.ts";
import type { Entry, LogIndex } from "./types.ts";

/** Seals entries; replicas that write the same ones share the bytes. */
export type SealEntries = (entries: readonly Entry[]) => Buffer;

export type EntriesDeps = {
  readonly cells: Cells;
  readonly keys: ReplicaKeys;
  readonly name: string;
  readonly sealEntries: SealEntries;
};

/** The log of one replica: a value a write. Values never overlap, so a missing or misplaced one shows. */
export const entriesOf = ({ cells, keys, name, sealEntries }: EntriesDeps) => {
  /** The first index in each value, rising, and the last index in the last. */
  let firsts: LogIndex[] = [];
  let last: LogIndex = 0;

  const valueAt = (first: LogIndex, text: string): readonly Entry[] => {
    const what = `the entries of ${name} from ${first} on`;
    const entries = decodeEntries(text);
    if (entries === undefined) throw cells.damage(what, "they have the wrong shape");
    if (entries[0]?.index !== first) throw cells.damage(what, `they begin with ${entries[0]?.index}`);
    return entries;
  };

  /** The entries after the snapshot, which must reach from there to `end`. */
  const load = (base: LogIndex, end: LogIndex): readonly Entry[] => {
    const what = `the log of ${name}`;
    const found: Entry[] = [];
    firsts = [];
    last = base;
    for (const { key, text } of cells.all(keys.allEntries, `a value in ${what}`)) {
      const first = firstOf(key);
      const follows = firsts.length === 0 ? first <= base + 1 : first === last + 1;
      if (!follows) throw cells.damage(what, `${first} follows ${last}`);
      const entries = valueAt(first, text);
      for (const entry of entries) if (entry.index > base) found.push(entry);
      firsts.push(first);
      last = first + entries.length - 1;
    }
    if (last !== end) throw cells.damage(what, `it ends at ${last} and should end at ${end}`);
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
      const key = keys.entries(first);
      const text = cells.read(key, `the entries of ${name} from ${first} on`);
      if (text === undefined) throw cells.damage(`the log of ${name}`, `the value at ${first} is missing`);
      const kept = valueAt(first, text).filter(({ index }) => index < from);
      if (first + kept.length - 1 < last) cells.put(key, cells.seal(encodeEntries(kept)));
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
      for (const first of firsts.splice(0, gone)) cells.remove(keys.entries(first));
    },
    last: (): LogIndex => last,
  };
};
