import type { EventLog } from "../../coordination/log/log.ts";
import type { RunId } from "../../coordination/protocol/ids.ts";

/** Whether a run has come to its end, whatever that was: what is open in it stays open. */
export const hasEnded = (log: EventLog, run: RunId): boolean =>
  log.summary(run)?.last.row.type === "finished";
