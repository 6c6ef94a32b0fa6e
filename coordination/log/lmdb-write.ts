import type { ActorId, RunId } from "../protocol/ids.ts";
import { encodeChunk, genesisHash, type Addition } from "./chunk.ts";
import type { EncodedRow } from "./codec.ts";
import {
  allChunks,
  blobKey,
  bornKey,
  chunkKey,
  lastNumber,
  placeKey,
  postingKey,
  recordKey,
  snapshotKey,
} from "./keys.ts";
import type { Env } from "./lmdb-env.ts";
import type { Position } from "./log.ts";
import {
  decodeRecord,
  encodePlace,
  encodePosting,
  encodeRecord,
  sealJson,
  type RunRecord,
} from "./records.ts";
import { seal } from "./seal.ts";
import type { Batch } from "./store.ts";

/**
 * A posting is written when a run has so many rows without, one for all actors: one for each would dirty as many pages.
 * A reader looks through the few chunks of the rest instead.
 */
export const postingsEveryRows = 1_024;

/** What this process last wrote of a run. */
type RunState = {
  readonly record: RunRecord;
  readonly stored: Buffer;
  /** First positions of the places with rows of an actor, from `record.indexed` on. */
  readonly unindexed: Map<ActorId, Position[]>;
};

export type LmdbWriterDeps = {
  readonly env: Env;
  /** Where an actor has rows from a position on: to take over a run that another process wrote. */
  readonly placesByActor: (run: RunId, from: Position) => Map<ActorId, Position[]>;
  readonly beforeCommit?: (() => void) | undefined;
};

/** Writes batches: chunk, places, records, postings, blobs and snapshots in one transaction. */
export const lmdbWriter = ({ env, placesByActor, beforeCommit }: LmdbWriterDeps) => {
  const states = new Map<RunId, RunState>();
  const knownBlobs = new Set<string>();
  let nextSequence = 0;

  // Sequences have no gaps, so the first that is free is the next, whoever wrote the one before.
  const sequenceNow = (): number => {
    if (!env.has(chunkKey(nextSequence)) && (nextSequence === 0 || env.has(chunkKey(nextSequence - 1))))
      return nextSequence;
    const last = env.lastKey(allChunks);
    return last === undefined ? 0 : lastNumber(last) + 1;
  };

  const stateOf = (run: RunId, first: Position): RunState => {
    const known = states.get(run);
    const stored = env.get(recordKey(run));
    if (known !== undefined && stored?.equals(known.stored)) return known;
    if (stored === undefined) {
      if (first !== 0) throw new Error(`run ${run} is not in this log`);
      return {
        record: { rows: 0, hash: genesisHash, indexed: 0 },
        stored: Buffer.alloc(0),
        unindexed: new Map(),
      };
    }
    const record = decodeRecord(stored, `the record of run ${run}`);
    if (record.rows !== first) throw new Error(`run ${run} was written by another process meanwhile`);
    return { record, stored, unindexed: placesByActor(run, record.indexed) };
  };

  const putRun = (
    { run, first, rows }: Addition,
    { record, unindexed }: RunState,
    sequence: number,
    hash: string,
  ): RunState => {
    const end = first + rows.length;
    env.put(placeKey(run, first), encodePlace({ sequence, first, end }));
    // Changed in place: should this transaction fail, the log is broken and writes no more.
    for (const { actor } of rows) {
      if (actor === undefined) continue;
      const places = unindexed.get(actor);
      if (places === undefined) unindexed.set(actor, [first]);
      else if (places.at(-1) !== first) places.push(first);
    }
    const full = end - record.indexed >= postingsEveryRows;
    if (full) {
      env.put(postingKey(run, end - 1), encodePosting(unindexed));
      unindexed.clear();
    }
    const next: RunRecord = { rows: end, hash, indexed: full ? end : record.indexed };
    const stored = encodeRecord(next);
    env.put(recordKey(run), stored);
    return { record: next, stored, unindexed };
  };

  const putBlobs = (rows: readonly EncodedRow[], put: Set<string>): void => {
    for (const { blobs } of rows) {
      for (const { hash, bytes } of blobs) {
        if (knownBlobs.has(hash) || put.has(hash)) continue;
        put.add(hash);
        const key = blobKey(hash);
        if (!env.has(key)) env.put(key, seal(bytes));
      }
    }
  };

  const commit = ({ additions, finished, snapshots }: Batch): void => {
    const written = new Map<RunId, RunState>();
    const blobs = new Set<string>();
    let sequence = nextSequence;
    env.transact(sizeOf(additions), () => {
      if (additions.length > 0) {
        sequence = sequenceNow();
        const parts = additions.map((addition) => {
          const state = stateOf(addition.run, addition.first);
          return { ...addition, state, previous: state.record.hash };
        });
        const { value, linked } = encodeChunk(sequence, parts);
        env.put(chunkKey(sequence), value);
        let place = 0;
        for (const [{ state, ...addition }, hash] of linked) {
          const { run, first, rows } = addition;
          written.set(run, putRun(addition, state, sequence, hash));
          if (first === 0) env.put(bornKey(sequence, place), Buffer.from(run));
          putBlobs(rows, blobs);
          place += 1;
        }
        sequence += 1;
      }
      for (const { run, snapshot } of snapshots)
        env.put(snapshotKey(run, snapshot.position), sealJson(snapshot));
      beforeCommit?.();
    });
    // Only now is it so: a transaction that failed must leave nothing behind here either.
    nextSequence = sequence;
    for (const [run, state] of written) states.set(run, state);
    if (knownBlobs.size > knownBlobsKept) knownBlobs.clear();
    for (const hash of blobs) knownBlobs.add(hash);
    for (const run of finished) states.delete(run);
  };

  return { commit };
};

const sizeOf = (additions: readonly Addition[]): number => {
  let bytes = 0;
  for (const { rows } of additions)
    for (const { text, blobs } of rows)
      bytes = blobs.reduce((sum, blob) => sum + blob.bytes.length, bytes + text.length);
  return bytes;
};

const knownBlobsKept = 16_384;
