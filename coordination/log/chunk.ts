import { actorId, runId, type ActorId, type RunId } from "../protocol/ids.ts";
import type { Position } from "./log.ts";
import { sha256, type EncodedRow } from "./codec.ts";
import { corrupt, seal, unseal } from "./seal.ts";

/** What one group commit adds to one run. */
export type Addition = {
  readonly run: RunId;
  /** The position of the first row. */
  readonly first: Position;
  readonly rows: readonly EncodedRow[];
};

/** The hash before the first row of a run. */
export const genesisHash = "0".repeat(64);

/**
 * The rows of one group commit as one value, in a section a run. `previous` is what the chain of the run had come to;
 * `linked` says what it comes to now.
 */
export const encodeChunk = <Part extends Addition & { readonly previous: string }>(
  sequence: number,
  parts: readonly Part[],
): { readonly value: Buffer; readonly linked: readonly (readonly [Part, string])[] } => {
  const sections: Buffer[] = [];
  const runs: SectionContents[] = [];
  const linked: (readonly [Part, string])[] = [];
  const actors = new Map<ActorId, number>();
  const actor: number[] = [];
  for (const part of parts) {
    const { run, first, rows, previous } = part;
    let text = `${previous}\n`;
    for (const row of rows) {
      text += `${row.text}\n`;
      actor.push(row.actor === undefined ? -1 : placeOf(row.actor, actors));
    }
    const section = Buffer.from(text);
    const hash = sha256(section);
    sections.push(section);
    runs.push([run, first, rows.length, section.length, hash]);
    linked.push([part, hash]);
  }
  const contents: Contents = { sequence, runs, actors: [...actors.keys()], actor };
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(contents)}\n`), ...sections]);
  return { value: seal(body), linked };
};

/** The first line of a chunk. The sections follow it. */
type Contents = {
  readonly sequence: number;
  readonly runs: readonly SectionContents[];
  readonly actors: readonly string[];
  /** For each row of all sections the place of its actor in `actors`; -1 for a row without one. */
  readonly actor: readonly number[];
};

/** The run of a section, the position of its first row, how many rows and how many bytes it has, and its hash. */
type SectionContents = readonly [string, Position, number, number, string];

const newline = 0x0a;

const placeOf = (actor: ActorId, actors: Map<ActorId, number>): number => {
  const known = actors.get(actor);
  if (known !== undefined) return known;
  actors.set(actor, actors.size);
  return actors.size - 1;
};

/** A row of a chunk, not yet parsed. */
export type PackedRow = {
  readonly actor: ActorId | undefined;
  readonly position: Position;
  readonly text: string;
};

/** The rows of one run in a chunk. */
export type Section = {
  /** What the chain of the run had come to before these rows. */
  readonly previous: string;
  readonly rows: readonly PackedRow[];
  /** What the chain of the run has come to with these rows, by the table of contents. */
  readonly hash: string;
  /** The same, computed from the rows. */
  readonly computeHash: () => string;
};

/** Looks into a chunk: gives its section of a run. Throws `LOG_CORRUPT`, `LOG_VERSION`, and so does what it gives. */
export const openChunk = (value: Uint8Array, sequence: number): ((run: RunId) => Section) => {
  const what = chunkName(sequence);
  const body = unseal(value, what);
  const headBytes = body.indexOf(newline);
  const contents = contentsOf(body.toString("utf8", 0, Math.max(0, headBytes)), what);
  if (contents.sequence !== sequence) throw corrupt(what, `it is chunk ${contents.sequence}`);
  const actors = contents.actors.map((actor) => actorId(actor));
  return (wanted) => {
    let at = headBytes + 1;
    let rowAt = 0;
    for (const [run, first, count, bytes, hash] of contents.runs) {
      if (runId(run) === wanted) {
        const text = body.subarray(at, at + bytes);
        const [previous = "", ...lines] = text.toString().split("\n");
        // Each line is ended by a newline, so the last piece is empty.
        if (lines.length !== count + 1 || lines.pop() !== "" || text.length !== bytes)
          throw corrupt(what, "rows are missing");
        const firstRow = rowAt;
        const rows = lines.map((line, index): PackedRow => {
          const actor = actors[contents.actor[firstRow + index] ?? -1];
          return { actor, position: first + index, text: line };
        });
        return { previous, rows, hash, computeHash: () => sha256(text) };
      }
      at += bytes;
      rowAt += count;
    }
    throw corrupt(what, `it has no rows of run ${wanted}`);
  };
};

const contentsOf = (head: string, what: string): Contents => {
  try {
    return JSON.parse(head) as Contents;
  } catch (cause) {
    throw corrupt(what, "its table of contents cannot be read", cause);
  }
};

export const chunkName = (sequence: number): string => `chunk ${sequence}`;
