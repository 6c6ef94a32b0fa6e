import { join } from "node:path";
import type { BrokenOptions, EventLog } from "../../coordination/log/log.ts";
import { openLmdbLog } from "../../coordination/log/lmdb.ts";
import type { Diagnostics } from "../../coordination/protocol/diagnostics.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { runId, type RunId } from "../../coordination/protocol/ids.ts";
import type { Records } from "./create.ts";
import { ledgerIn } from "./ledger.ts";
import { prepareHome } from "./settings.ts";

/** Opens the log of a home folder, made if need be, for as long as `use` takes. */
export const withLog = async <Result>(
  home: string,
  use: (log: EventLog) => Promise<Result>,
  diagnostics?: Diagnostics,
): Promise<Result> => {
  const log = openLmdbLog({ dir: join(prepareHome(home), "log"), diagnostics });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
};

/** Opens the record of a home folder and what it has learned, for as long as `use` takes. */
export const withRecords = <Result>(
  home: string,
  use: (records: Records) => Promise<Result>,
  diagnostics?: Diagnostics,
): Promise<Result> => {
  const withBoth = async (log: EventLog): Promise<Result> => {
    const ledger = ledgerIn(home);
    try {
      return await use({ log, ledger });
    } finally {
      await ledger.close();
    }
  };
  return withLog(home, withBoth, diagnostics);
};

/** The run that a person means: its id, the beginning or the end of it, or `last`. Throws `NO_SUCH_RUN`. */
export const findRun = (log: EventLog, words: string, options?: BrokenOptions): RunId => {
  if (log.summary(runId(words), options) !== undefined) return runId(words);
  const found: RunId[] = [];
  for (const { run } of log.runs(options)) {
    if (words === "last") return run;
    // Every id begins with the empty word: a variable that is not set in a shell means no run.
    if (words !== "" && (run.startsWith(words) || run.endsWith(words))) found.push(run);
  }
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (words === "last")
    throw new SwarmError("NO_SUCH_RUN", "there is no run yet; start one with: swarm run task.yaml");
  const what = only === undefined ? `there is no run ${words || '""'}` : `${words} may be ${eitherOf(found)}`;
  throw new SwarmError("NO_SUCH_RUN", `${what}; \`swarm runs\` lists them`);
};

const NAMED_AT_MOST = 3;

const eitherOf = (runs: readonly RunId[]): string => {
  const more = runs.length - NAMED_AT_MOST;
  if (more <= 0) return `${runs.slice(0, -1).join(", ")} or ${runs.at(-1) ?? ""}`;
  return `${runs.slice(0, NAMED_AT_MOST).join(", ")} or ${more === 1 ? "one more" : `one of ${more} more`}`;
};
