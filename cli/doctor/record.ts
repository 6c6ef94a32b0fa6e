import { withLog } from "../wire/home.ts";
import { failure, ok, type Finding } from "./finding.ts";

export type RecordFinding = {
  readonly finding: Finding;
  /** When the newest run wrote its last row, in milliseconds since 1970. */
  readonly newestMs?: number;
};

/** Whether the record of this home opens and its newest run can be read. */
export const recordFinding = async (home: string): Promise<RecordFinding> => {
  try {
    return await withLog(home, async (log) => {
      for (const { run, last } of log.runs())
        return { finding: ok("record", `opens; the newest run is ${run}`), newestMs: last.row.atUs / 1000 };
      return { finding: ok("record", "opens; no runs yet") };
    });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return {
      finding: failure(
        "record",
        detail,
        "restore the home folder from a backup, or set SWARM_HOME to a new one",
      ),
    };
  }
};
