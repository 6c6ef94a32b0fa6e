import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { openLmdbLog } from "../../coordination/log/lmdb.ts";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { rowAt, runOf } from "./log-rows.ts";

/*
 * `write DIR RUN ROWS [ACKS]` takes the lease and appends until the run has ROWS rows, eight writers at once; for each row
 * that is on disk it writes a line with its position, to stdout or to the file ACKS.
 * `read DIR RUN` prints `rows N SHA256`. Both end with `error CODE` if the world breaks.
 */
const [task, dir = "", name = "", rows = "0", acks] = process.argv.slice(2);
const run = runOf(name);

const write = async (): Promise<void> => {
  const log = openLmdbLog({ dir });
  log.lease(run);
  const out = acks === undefined ? 1 : openSync(acks, "a");
  let next = log.summary(run)?.rows ?? 0;
  const writer = async (): Promise<void> => {
    while (next < Number(rows)) {
      const position = log.append(rowAt(run, next));
      next = position + 1;
      await log.durable(run, position);
      writeSync(out, `${position}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, () => writer()));
  await log.close();
};

const read = async (): Promise<void> => {
  const log = openLmdbLog({ dir });
  const digest = createHash("sha256");
  let count = 0;
  for (const { row } of log.read(run)) {
    digest.update(canonical(row));
    count += 1;
  }
  console.log(`rows ${count} ${digest.digest("hex")}`);
  await log.close();
};

try {
  await (task === "write" ? write() : read());
} catch (error) {
  console.log(`error ${error instanceof SwarmError ? error.code : String(error)}`);
  process.exitCode = 1;
}
