import { actorId, runId, type ActorId, type RunId } from "../protocol/ids.ts";
import type { Position, StoredRow } from "./log.ts";
import { decodeRow, type EncodedRow } from "./codec.ts";
import { corrupt, seal, unseal } from "./seal.ts";

/** A row of a chunk, not yet parsed. */
export type PackedRow = {
  readonly run: RunId;
  readonly actor: ActorId | undefined;
  readonly position: Position;
  readonly text: string;
  /** The hashes of the row: its own, then one an effect, 32 bytes each. */
  readonly hashes: Buffer;
};

/** The rows of one group commit as one value. `first` gives the position of a run's first row in it. */
export const encodeChunk = (
  sequence: number,
  rows: readonly EncodedRow[],
  first: ReadonlyMap<RunId, Position>,
): Buffer => {
  const runs = places([...first.keys()]);
  const actors = places<ActorId>([]);
  const contents: Contents = {
    sequence,
    runs: [...first],
    actors: actors.list,
    run: first.size === 1 ? 0 : rows.map(({ run }) => runs.of(run)),
    actor: rows.map(({ actor }) => (actor === undefined ? -1 : actors.of(actor))),
    digests: rows.map(({ digests }) => digests.length),
  };
  let lines = JSON.stringify(contents);
  let hashes = "";
  for (const { text, hash, digests } of rows) {
    lines += `\n${text}`;
    hashes += hash;
    for (const digest of digests) hashes += digest;
  }
  return seal(Buffer.from(lines), Buffer.from(hashes, "hex"));
};

/** The first line of a chunk. The other lines are its rows, one each. */
type Contents = {
  readonly sequence: number;
  /** The runs that have rows here, each with the position of its first row here. */
  readonly runs: readonly (readonly [string, Position])[];
  readonly actors: readonly string[];
  /** For each row the place of its run in `runs`; 0 for "all rows, the first". */
  readonly run: 0 | readonly number[];
  /** For each row the place of its actor in `actors`; -1 for a row without one. */
  readonly actor: readonly number[];
  /** For each row how many digests it has. */
  readonly digests: readonly number[];
};

const places = <Name>(names: readonly Name[]) => {
  const list: Name[] = [...names];
  const at = new Map(names.map((name, place) => [name, place]));
  const of = (name: Name): number => {
    const known = at.get(name);
    if (known !== undefined) return known;
    list.push(name);
    at.set(name, list.length - 1);
    return list.length - 1;
  };
  return { list, of };
};

const hashBytes = 32;

/** The rows of a chunk in the order in which they were appended, over all its runs. Throws `LOG_CORRUPT`, `LOG_VERSION`. */
export const decodeChunk = (value: Uint8Array, sequence: number): readonly PackedRow[] => {
  const what = chunkName(sequence);
  const { body, tail } = unseal(value, what);
  const [head = "", ...lines] = body.toString().split("\n");
  const contents = contentsOf(head, what);
  if (contents.sequence !== sequence) throw corrupt(what, `it is chunk ${contents.sequence}`);
  if (contents.actor.length !== lines.length || contents.digests.length !== lines.length)
    throw corrupt(what, "rows are missing");
  const next = contents.runs.map(([, position]) => position);
  let hashAt = 0;
  const rows = lines.map((text, at): PackedRow => {
    const place = contents.run === 0 ? 0 : (contents.run[at] ?? -1);
    const [run] = contents.runs[place] ?? [];
    const position = next[place];
    const digests = contents.digests[at] ?? 0;
    if (run === undefined || position === undefined) throw corrupt(what, "a row has no run");
    next[place] = position + 1;
    const hashes = tail.subarray(hashAt, (hashAt += hashBytes * (1 + digests)));
    const actor = contents.actors[contents.actor[at] ?? -1];
    return {
      run: runId(run),
      actor: actor === undefined ? undefined : actorId(actor),
      position,
      text,
      hashes,
    };
  });
  if (hashAt !== tail.length) throw corrupt(what, "hashes are missing");
  return rows;
};

const contentsOf = (head: string, what: string): Contents => {
  try {
    return JSON.parse(head) as Contents;
  } catch (cause) {
    throw corrupt(what, "its table of contents cannot be read", cause);
  }
};

/** Restores one row. Throws `LOG_CORRUPT`. */
export const unpackRow = (
  { position, text, hashes }: PackedRow,
  blob: (hash: string) => string,
): StoredRow => {
  const digests: string[] = [];
  for (let at = hashBytes; at < hashes.length; at += hashBytes)
    digests.push(hashes.toString("hex", at, at + hashBytes));
  return { position, row: decodeRow(text, blob), hash: hashes.toString("hex", 0, hashBytes), digests };
};

export const chunkName = (sequence: number): string => `chunk ${sequence}`;
