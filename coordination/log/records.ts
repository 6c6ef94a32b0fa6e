import { actorId, type ActorId } from "../protocol/ids.ts";
import type { Position } from "./log.ts";
import { corrupt, seal, unseal } from "./seal.ts";

/** What the log knows of a run without looking at its rows. Rewritten in each commit that adds to the run. */
export type RunRecord = {
  /** Number of rows. */
  readonly rows: number;
  /** What the hash chain of its rows has come to. */
  readonly hash: string;
  /** Rows before this position are in postings. */
  readonly indexed: Position;
};

/** A chunk that has rows of a run, and where they begin and end. */
export type Place = { readonly sequence: number; readonly first: Position; readonly end: Position };

export const encodeRecord = (record: RunRecord): Buffer => sealJson(record);
export const decodeRecord = (value: Uint8Array, what: string): RunRecord =>
  unsealJson(value, what) as RunRecord;

export const encodePlace = ({ sequence, first, end }: Place): Buffer =>
  sealJson([sequence, first, end - first]);
export const decodePlace = (value: Uint8Array, what: string): Place => {
  const [sequence = 0, first = 0, rows = 0] = unsealJson(value, what) as readonly number[];
  return { sequence, first, end: first + rows };
};

/** First positions of the places in which each actor has rows, rising. Stored as steps, which are small. */
export type Posting = ReadonlyMap<ActorId, readonly Position[]>;

export const encodePosting = (posting: Posting): Buffer =>
  sealJson(
    Array.from(posting, ([actor, positions]) => [
      actor,
      ...positions.map((position, at) => position - (positions[at - 1] ?? 0)),
    ]),
  );

/** The positions of one actor. */
export const decodePosting = (value: Uint8Array, wanted: ActorId, what: string): readonly Position[] => {
  const all = unsealJson(value, what) as readonly (readonly [string, ...number[]])[];
  const [, ...steps] = all.find(([actor]) => actorId(actor) === wanted) ?? [wanted];
  let position = 0;
  return steps.map((step) => (position += step));
};

export const sealJson = (value: unknown): Buffer => seal(Buffer.from(JSON.stringify(value)));

export const unsealJson = (value: Uint8Array, what: string): unknown => {
  const body = unseal(value, what);
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw corrupt(what, "it is no JSON", cause);
  }
};
