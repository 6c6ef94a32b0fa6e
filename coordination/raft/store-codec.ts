import type { Entry, LogIndex, Members, NodeId, Payload, SnapshotMeta, Term } from "./types.ts";

/*
 * The texts of a store's values, all JSON arrays; `docs/raft-store-format.md` describes them. Checksums have been compared
 * before anything is decoded, so the decoders check only the shape, and give `undefined` where it is wrong.
 */

/** What a replica must know of itself, written with every write: what is missing on the disk shows against it. */
export type Head = {
  readonly node: NodeId;
  /** Counts the durable writes of this replica, so that a process that was overtaken notices. */
  readonly writes: number;
  readonly term: Term;
  readonly vote: NodeId | null;
  /** Names the pieces of the stored snapshot; 0 without one. */
  readonly slot: number;
  /** The first entry that is stored and the last; without any, `last` is the snapshot's index and `first` the one after. */
  readonly first: LogIndex;
  readonly last: LogIndex;
};

/** A snapshot whose pieces begin at these characters. */
export type Pieces = {
  readonly slot: number;
  readonly meta: SnapshotMeta;
  readonly offsets: readonly number[];
};

export type Piece = { readonly slot: number; readonly offset: number; readonly data: string };

export const encodeHead = ({ node, writes, term, vote, slot, first, last }: Head): string =>
  `[${node},${writes},${term},${vote},${slot},${first},${last}]`;

export const decodeHead = (text: string): Head | undefined => {
  const list = listOf(text);
  const [node, writes, term, vote, slot, first, last] = list;
  if (list.length !== 7 || !isCount(node) || !isCount(writes) || !isCount(term)) return undefined;
  if (!(vote === null || isCount(vote)) || !isCount(slot)) return undefined;
  if (!isCount(first) || !isCount(last)) return undefined;
  return { node, writes, term, vote, slot, first, last };
};

export const encodePieces = ({ slot, meta: { index, term, members, length }, offsets }: Pieces): string =>
  JSON.stringify([slot, index, term, membersList(members), length, offsets]);

export const decodePieces = (text: string): Pieces | undefined => {
  const list = listOf(text);
  const [slot, index, term, stored, length, offsets] = list;
  const members = membersOf(stored);
  if (list.length !== 6 || !isCount(slot) || !isCount(index) || !isCount(term)) return undefined;
  if (members === undefined || !isCount(length) || !isCounts(offsets)) return undefined;
  return { slot, meta: { index, term, members, length }, offsets };
};

// JSON writes half a surrogate pair as an escape, so a snapshot may be cut anywhere.
export const encodePiece = ({ slot, offset, data }: Piece): string => JSON.stringify([slot, offset, data]);

export const decodePiece = (text: string): Piece | undefined => {
  const list = listOf(text);
  const [slot, offset, data] = list;
  if (list.length !== 3 || !isCount(slot) || !isCount(offset) || typeof data !== "string") return undefined;
  return { slot, offset, data };
};

/** The first index, then each entry: `[term, id, data]`, `[term, leader]` or `[term, [voters, outgoing, learners]]`. */
export const encodeEntries = (entries: readonly Entry[]): string =>
  JSON.stringify([entries[0]?.index, ...entries.map(packed)]);

export const decodeEntries = (text: string): readonly Entry[] | undefined => {
  const [first, ...stored] = listOf(text);
  if (!isCount(first) || stored.length === 0) return undefined;
  const entries: Entry[] = [];
  for (const one of stored) {
    const entry = unpacked(one, first + entries.length);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
};

const packed = ({ term, payload }: Entry): readonly unknown[] => {
  switch (payload.type) {
    case "command":
      return [term, payload.id, payload.data];
    case "noop":
      return [term, payload.leader];
    case "members":
      return [term, membersList(payload.members)];
  }
};

const unpacked = (stored: unknown, index: LogIndex): Entry | undefined => {
  if (!Array.isArray(stored)) return undefined;
  const list: readonly unknown[] = stored;
  const [term] = list;
  const payload = payloadOf(list);
  return isCount(term) && payload !== undefined ? { index, term, payload } : undefined;
};

const payloadOf = (list: readonly unknown[]): Payload | undefined => {
  const [, what, data] = list;
  if (list.length === 3)
    return typeof what === "string" && typeof data === "string"
      ? { type: "command", id: what, data }
      : undefined;
  if (list.length !== 2) return undefined;
  if (isCount(what)) return { type: "noop", leader: what };
  const members = membersOf(what);
  return members === undefined ? undefined : { type: "members", members };
};

const membersList = ({ voters, outgoing, learners }: Members): readonly (readonly NodeId[])[] => [
  voters,
  outgoing,
  learners,
];

const membersOf = (stored: unknown): Members | undefined => {
  if (!Array.isArray(stored) || stored.length !== 3) return undefined;
  const [voters, outgoing, learners]: readonly unknown[] = stored;
  if (!isCounts(voters) || !isCounts(outgoing) || !isCounts(learners)) return undefined;
  return { voters, outgoing, learners };
};

const listOf = (text: string): readonly unknown[] => {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isCounts = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isCount);
