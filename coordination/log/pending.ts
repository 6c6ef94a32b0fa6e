import type { RunId } from "../protocol/ids.ts";
import type { Row } from "../protocol/row.ts";
import type { Addition } from "./chunk.ts";
import type { EncodedRow } from "./codec.ts";
import type { Snapshot } from "./log.ts";

export type PendingAddition = Addition & {
  readonly rows: EncodedRow[];
  /** The last of them as they were appended, from where somebody has followed the run; none if nobody does. */
  readonly appended: Row[];
  finished: boolean;
};

/** What is to be written, by run. */
export type Pending = {
  readonly additions: Map<RunId, PendingAddition>;
  readonly snapshots: Map<RunId, Snapshot>;
  rows: number;
  chars: number;
};

export const nothing = (): Pending => ({
  additions: new Map(),
  snapshots: new Map(),
  rows: 0,
  chars: 0,
});

/** Moves what belongs to some runs out of what is pending. */
export const take = (runs: ReadonlySet<RunId>, pending: Pending): Pending => {
  const taken = nothing();
  for (const run of runs) {
    const addition = pending.additions.get(run);
    const snapshot = pending.snapshots.get(run);
    if (addition !== undefined) {
      taken.additions.set(run, addition);
      pending.additions.delete(run);
      pending.rows -= addition.rows.length;
      for (const row of addition.rows) pending.chars -= charsOf(row);
    }
    if (snapshot !== undefined) {
      taken.snapshots.set(run, snapshot);
      pending.snapshots.delete(run);
    }
  }
  return taken;
};

/** About how much of memory a row takes. */
export const charsOf = ({ text, blobs }: EncodedRow): number =>
  blobs.reduce((sum, { bytes }) => sum + bytes.length, text.length);
