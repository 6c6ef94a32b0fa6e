import { replayRows, type Replay } from "../../actors/runtime/replay.ts";
import type { BrokenOptions, EventLog, RowRange } from "../../coordination/log/log.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { basisOf } from "./basis.ts";
import { castOf } from "./cast.ts";

/** Looks at a run although its hash chain may be broken: a replay tells where. */
export const passOver: BrokenOptions = { onBroken: () => undefined };

type Identical = Extract<Replay, { type: "identical" }>;
type Diverged = Extract<Replay, { type: "diverged" }>;

/**
 * What a replay came to. `broken` are the rows where the hash chain of the record breaks: they, or the rows before them, are not as
 * they were written. A record can be `broken` with no difference where what was changed decides nothing.
 */
export type RunReplay =
  | Identical
  | (Diverged & { readonly broken: readonly RowRange[] })
  | { readonly type: "broken"; readonly rows: number; readonly broken: readonly RowRange[] };

/**
 * Re-executes a run from its record alone: no model, bus, timer or file of the task is touched. A hash chain that breaks does not
 * end it. Throws `LOG_CORRUPT` for a record that cannot be read, and `REPLAY_DIVERGED` for changed rows that make no sense.
 */
export const replayRun = (log: EventLog, run: RunId): RunReplay => {
  const header = log.summary(run, passOver)?.first.row;
  if (header?.type !== "header")
    throw new SwarmError("NO_SUCH_RUN", `there is no run ${run}; \`swarm runs\` lists them`);
  const broken: RowRange[] = [];
  const onBroken = (rows: RowRange) => void broken.push(rows);
  try {
    const replay = replayRows(log.read(run, { onBroken }), run, castOf(basisOf(header)));
    if (replay.type === "identical")
      return broken.length === 0 ? replay : { type: "broken", rows: replay.rows, broken };
    const all = brokenIn(log, run);
    // Of a record that was changed nothing else is as likely.
    const likely = all.length === 0 ? replay.divergence.likely : brokenWords(all);
    return { ...replay, divergence: { ...replay.divergence, likely }, broken: all };
  } catch (cause) {
    // A row that was changed may be none that any code can read.
    const found = cause instanceof SwarmError ? [] : brokenIn(log, run);
    if (found.length === 0) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SwarmError(
      "REPLAY_DIVERGED",
      `run ${run} cannot be replayed (${reason}): ${brokenWords(found)}`,
      { cause },
    );
  }
};

/** To the end of the run: a row that was changed together with its hash breaks the chain only at the rows after it. */
const brokenIn = (log: EventLog, run: RunId): readonly RowRange[] => {
  const broken: RowRange[] = [];
  const rows = log.read(run, { onBroken: (range) => void broken.push(range) })[Symbol.iterator]();
  try {
    while (rows.next().done !== true);
  } catch {
    // What cannot be read ends the search.
  }
  return broken;
};

/** Says where a record was changed. */
export const brokenWords = (broken: readonly RowRange[]): string => {
  const ranges = broken
    .slice(0, 3)
    .map(({ first, last }) => (first === last ? `row ${first}` : `rows ${first} to ${last}`));
  const more = broken.length > 3 ? ` and ${broken.length - 3} more` : "";
  return `the record was changed after it was written: its hash chain is broken at ${ranges.join(", ")}${more}`;
};
