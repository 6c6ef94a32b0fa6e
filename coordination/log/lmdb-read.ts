import { runId, type ActorId, type RunId } from "../protocol/ids.ts";
import { chunkName, genesisHash, openChunk, type Section } from "./chunk.ts";
import { decodeRow, sha256 } from "./codec.ts";
import {
  allBorn,
  blobKey,
  chunkKey,
  lastNumber,
  placeKey,
  placesBackFrom,
  placesFrom,
  postingsFrom,
  recordKey,
  snapshotsBack,
} from "./keys.ts";
import type { Env } from "./lmdb-env.ts";
import type { Position, RowRange, Snapshot, StoredRow } from "./log.ts";
import {
  decodePlace,
  decodePosting,
  decodeRecord,
  unsealJson,
  type Place,
  type RunRecord,
} from "./records.ts";
import { corrupt, unseal } from "./seal.ts";
import type { Store } from "./store.ts";

/** So many index entries are fetched at once, so many decoded blobs kept, up to so many characters. */
const entriesAtOnce = 64;
const blobCharsKept = 4 * 1024 * 1024;

/** Reads what is durable. No cursor and no transaction outlives a call into LMDB. */
export const lmdbReader = (env: Env) => {
  const blob = blobReader(env);

  const record = (run: RunId): RunRecord => {
    const stored = env.get(recordKey(run));
    return stored === undefined
      ? { rows: 0, hash: genesisHash, indexed: 0 }
      : decodeRecord(stored, `the record of run ${run}`);
  };

  /** Places that hold rows of a run at or after a position. */
  function* places(run: RunId, from: Position): Iterable<Place> {
    const what = `the index of run ${run}`;
    const [holding] = env.values({ ...placesBackFrom(run, from), limit: 1 });
    let next = holding === undefined ? from : decodePlace(holding, what).first;
    while (true) {
      const found = env.values({ ...placesFrom(run, next), limit: entriesAtOnce });
      for (const value of found) {
        const place = decodePlace(value, what);
        if (place.end > from) yield place;
        next = place.end;
      }
      if (found.length < entriesAtOnce) return;
    }
  }

  /** Places that hold rows of an actor at or after a position, and then those that are not in a posting. */
  function* placesOf(run: RunId, actor: ActorId, from: Position): Iterable<Place> {
    const { indexed } = record(run);
    const what = `the index of run ${run}`;
    let next = from;
    while (next < indexed) {
      const [posting] = env.entries({ ...postingsFrom(run, next), limit: 1 });
      if (posting === undefined) break;
      for (const first of decodePosting(posting.value, actor, what)) {
        const value = env.get(placeKey(run, first));
        if (value === undefined) throw corrupt(what, `position ${first} is not in the log`);
        const place = decodePlace(value, what);
        if (place.end > next) yield place;
      }
      next = lastNumber(posting.key) + 1;
    }
    yield* places(run, next);
  }

  // Who reads one row, or the ends of a run, often comes back for its neighbour; and a chunk never changes.
  let chunk: { readonly sequence: number; readonly sectionOf: (run: RunId) => Section } | undefined;
  let latest: { readonly sequence: number; readonly run: RunId; readonly section: Section } | undefined;

  const sectionOf = (sequence: number, run: RunId): Section => {
    if (latest?.sequence === sequence && latest.run === run) return latest.section;
    if (chunk?.sequence !== sequence) {
      const value = env.get(chunkKey(sequence));
      if (value === undefined) throw corrupt(chunkName(sequence), "it is missing");
      chunk = { sequence, sectionOf: openChunk(value, sequence) };
    }
    const section = chunk.sectionOf(run);
    latest = { sequence, run, section };
    return section;
  };

  function* readAll(
    run: RunId,
    from: Position,
    end: Position,
    onBroken: OnBroken = refuse(run),
  ): Iterable<StoredRow> {
    let next = from;
    let hash = from === 0 ? genesisHash : undefined;
    let range: RowRange | undefined;
    for (const { sequence, first } of places(run, from)) {
      if (first >= end) break;
      const section = sectionOf(sequence, run);
      range = { first, last: first + section.rows.length - 1 };
      const isLinked = hash === undefined || section.previous === hash;
      if (!isLinked || section.computeHash() !== section.hash) onBroken(range, "rows");
      ({ hash } = section);
      for (const { position, text } of section.rows) {
        if (position < next || position >= end) continue;
        if (position !== next) throw corrupt(`run ${run}`, `row ${next} is missing`);
        next = position + 1;
        yield { position, ...decodeRow(text, blob) };
      }
    }
    if (next < end) throw corrupt(`run ${run}`, `row ${next} is missing`);
    const last = record(run);
    if (hash !== undefined && range !== undefined && last.rows === next && last.hash !== hash)
      onBroken(range, "record");
  }

  function* readActor(run: RunId, from: Position, end: Position, wanted: ActorId): Iterable<StoredRow> {
    for (const { sequence, first } of placesOf(run, wanted, from)) {
      if (first >= end) return;
      for (const { actor, position, text } of sectionOf(sequence, run).rows)
        if (actor === wanted && position >= from && position < end)
          yield { position, ...decodeRow(text, blob) };
    }
  }

  /** Where the actors of a run have rows, from a position on. */
  const placesByActor = (run: RunId, from: Position): Map<ActorId, Position[]> => {
    const found = new Map<ActorId, Position[]>();
    for (const { sequence, first } of places(run, from)) {
      for (const { actor } of sectionOf(sequence, run).rows) {
        if (actor === undefined) continue;
        const positions = found.get(actor) ?? [];
        if (positions.at(-1) !== first) positions.push(first);
        found.set(actor, positions);
      }
    }
    return found;
  };

  function* runs(): Iterable<RunId> {
    let before: Buffer = allBorn.end;
    while (true) {
      const found = env.entries({
        start: before,
        end: allBorn.start,
        reverse: true,
        exclusiveStart: true,
        limit: entriesAtOnce,
      });
      for (const { key, value } of found) {
        yield runId(value.toString());
        before = Buffer.from(key);
      }
      if (found.length < entriesAtOnce) return;
    }
  }

  // The rows say as much as a snapshot, so a damaged one, or one from the future, is passed over.
  const snapshot = (run: RunId): Snapshot | undefined => {
    for (const value of env.values({ ...snapshotsBack(run), limit: entriesAtOnce })) {
      try {
        return unsealJson(value, "a snapshot") as Snapshot;
      } catch {
        continue;
      }
    }
    return undefined;
  };

  const read: Store["read"] = (run, from, end, { actor, onBroken } = {}) =>
    actor === undefined ? readAll(run, from, end, onBroken) : readActor(run, from, end, actor);

  return { record, read, placesByActor, runs, snapshot, blob };
};

/** Where the chain does not fit the rows themselves, or what the run's record says of the last of them. */
type OnBroken = (rows: RowRange, what: "rows" | "record") => void;

const refuse =
  (run: RunId): OnBroken =>
  ({ first, last }, what) => {
    const changed =
      what === "rows"
        ? `rows ${first} to ${last} were changed after they were`
        : "its record was changed after it was";
    throw corrupt(`run ${run}`, `${changed} written`);
  };

const blobReader = (env: Env) => {
  const kept = new Map<string, string>();
  let chars = 0;
  return (hash: string): string => {
    const known = kept.get(hash);
    if (known !== undefined) return known;
    const what = `blob ${hash}`;
    const value = env.get(blobKey(hash));
    if (value === undefined) throw corrupt(what, "it is missing");
    const body = unseal(value, what);
    if (sha256(body) !== hash) throw corrupt(what, "its content has another hash");
    const text = body.toString();
    if (chars + text.length > blobCharsKept) {
      kept.clear();
      chars = 0;
    }
    kept.set(hash, text);
    chars += text.length;
    return text;
  };
};
