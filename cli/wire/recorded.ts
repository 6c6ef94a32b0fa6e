import { replayRows, type Replay } from "../../actors/runtime/replay.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";
import { basisOf } from "./basis.ts";
import { castOf } from "./cast.ts";

/**
 * Re-executes a run from its record alone: no model, bus, timer or file of the task is touched. Throws
 * `LOG_CORRUPT` where the hash chain of the rows breaks.
 */
export const replayRun = (log: EventLog, run: RunId): Replay => {
  const header = log.summary(run)?.first.row;
  if (header?.type !== "header")
    throw new SwarmError("NO_SUCH_RUN", `there is no run ${run}; \`swarm runs\` lists them`);
  return replayRows(log.read(run), run, castOf(basisOf(header)));
};
