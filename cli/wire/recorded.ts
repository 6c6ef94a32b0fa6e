import { replayRows, type Replay } from "../../actors/runtime/replay.ts";
import { chainVerifier } from "../../coordination/log/chain.ts";
import type { EventLog, StoredRow } from "../../coordination/log/log.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { basisOf } from "./basis.ts";
import { castOf } from "./cast.ts";

/**
 * Re-executes a run from its record alone: no model, bus, timer or file of the task is touched. The rows' hash chain is
 * checked on the way; throws `LOG_CORRUPT` where it breaks.
 */
export const replayRun = (log: EventLog, run: RunId): Replay => {
  const header = log.summary(run)?.first.row;
  if (header?.type !== "header")
    throw new SwarmError("NO_SUCH_RUN", `there is no run ${run}; \`swarm runs\` lists them`);
  return replayRows(verified(log.read(run), run), run, castOf(basisOf(header)));
};

function* verified(rows: Iterable<StoredRow>, run: RunId): Iterable<StoredRow> {
  const verify = chainVerifier();
  for (const stored of rows) {
    const verdict = verify(stored);
    if (verdict.type === "broken") {
      throw new SwarmError(
        "LOG_CORRUPT",
        `row ${verdict.position} of run ${run} was changed after it was written: its ${verdict.field} should be ${verdict.expected}; ` +
          "restore the home folder from a copy",
      );
    }
    yield stored;
  }
}
