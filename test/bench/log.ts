import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLmdbLog } from "../../coordination/log/lmdb.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import { actorId, effectId, runId } from "../../coordination/protocol/ids.ts";
import type { Row } from "../../coordination/protocol/row.ts";

/**
 * Acknowledged rows a second of the log on disk, against a bare file that appends JSON lines and calls fdatasync once for
 * all who wait. Only ratios hold on a shared machine: both take turns in the same rounds on the same disk, and the median
 * of the rounds' ratios counts. Then: bytes on disk a row, CPU a row, reading, and opening 100,000 rows.
 * Usage: npm run bench -- log [FOLDER ON THE DISK TO MEASURE]
 */
const main = async (): Promise<void> => {
  const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), "swarm-bench-log-"));
  try {
    for (const writers of [1, 8, 64, 256]) await race(dir, writers);
    await size(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const ROUNDS = 9;
const ROUND_MS = 400;

type Result = { readonly perSecond: number; readonly cpuUs: number };
type Contestant = { readonly append: (row: Row) => () => Promise<void>; readonly close: () => Promise<void> };

const race = async (dir: string, writers: number): Promise<void> => {
  const raw: Result[] = [];
  const lmdb: Result[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const one = await measure(rawFile(join(dir, `raw-${writers}-${round}`)), writers);
    const other = await measure(onLog(openLmdbLog({ dir: join(dir, `lmdb-${writers}-${round}`) })), writers);
    // The first round warms up.
    if (round > 0) {
      raw.push(one);
      lmdb.push(other);
    }
  }
  const ratio = median(lmdb.map(({ perSecond }, at) => perSecond / (raw[at]?.perSecond ?? Number.NaN)));
  console.log(
    [
      `${String(writers).padStart(3)} writers`,
      `raw ${rounded(raw)} rows/s at ${micro(raw)} us CPU`,
      `log ${rounded(lmdb)} rows/s at ${micro(lmdb)} us CPU`,
      `ratio ${ratio.toFixed(2)}`,
    ].join("   "),
  );
};

/** Each writer appends a row and waits until it is on disk, again and again. */
const measure = async ({ append, close }: Contestant, writers: number): Promise<Result> => {
  let rows = 0;
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const write = async (writer: number): Promise<void> => {
    for (let seq = 0; performance.now() - startedMs < ROUND_MS; seq += 1) {
      await append(rowOf(writer, seq))();
      rows += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  await close();
  return { perSecond: (rows * 1_000) / tookMs, cpuUs: (user + system) / rows };
};

const onLog = (log: EventLog): Contestant => ({
  append: (row) => {
    const position = log.append(row);
    return () => log.durable(row.run, position);
  },
  close: () => log.close(),
});

const rawFile = (path: string): Contestant => {
  const file = openSync(path, "a");
  let lines = "";
  let waiting: (() => void)[] = [];
  const flush = (): void => {
    const rise = waiting;
    writeSync(file, lines);
    fdatasyncSync(file);
    lines = "";
    waiting = [];
    for (const each of rise) each();
  };
  return {
    append: (row) => {
      lines += `${JSON.stringify(row)}\n`;
      return () =>
        new Promise((resolve) => {
          if (waiting.push(resolve) === 1) setImmediate(flush);
        });
    },
    close: async () => closeSync(file),
  };
};

const run = runId("20261121-095512-k3f9");

/** A row of about 300 bytes, of a kind that a run has by the thousand. */
const rowOf = (writer: number, seq: number): Row => {
  const actor = actorId(`agent/triage/label[${writer}]`);
  return {
    type: "turn",
    run,
    actor,
    seq,
    atUs: 1_795_254_912_000_000 + seq * 731,
    cause: effectId(actorId("workflow"), seq, writer),
    input: { type: "timer.fired", timer: `patience-${seq}` },
    effects: [
      {
        type: "send",
        to: actorId("workflow"),
        body: { type: "task.failed", step: `label[${writer}]`, code: "UNUSABLE_REPLY", message: "no answer" },
      },
    ],
  };
};

const size = async (dir: string): Promise<void> => {
  const rows = 100_000;
  const home = join(dir, "size");
  const log = openLmdbLog({ dir: home });
  const before = process.cpuUsage();
  for (let at = 0; at < rows; at += 64) {
    let position = 0;
    for (let writer = 0; writer < 64 && at + writer < rows; writer += 1)
      position = log.append(rowOf(writer, at / 64));
    await log.durable(run, position);
  }
  const { user, system } = process.cpuUsage(before);
  await log.close();
  console.log(
    `100,000 rows of ${JSON.stringify(rowOf(17, 700)).length} bytes, 64 a commit: ${(statSync(join(home, "data.mdb")).size / rows).toFixed(0)} bytes a row, ${((user + system) / rows).toFixed(1)} us CPU a row`,
  );

  const openMs: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const startedMs = performance.now();
    const again = openLmdbLog({ dir: home });
    again.summary(run);
    openMs.push(performance.now() - startedMs);
    await again.close();
  }
  const again = openLmdbLog({ dir: home });
  const timed = (what: string, read: () => Iterable<unknown>): void => {
    const startedMs = performance.now();
    let count = 0;
    for (const _ of read()) count += 1;
    const tookMs = performance.now() - startedMs;
    console.log(
      `${what}: ${count} in ${tookMs.toFixed(1)} ms, ${((count * 1_000) / tookMs).toFixed(0)} a second`,
    );
  };
  console.log(`open and summary: ${median(openMs).toFixed(2)} ms`);
  timed("scan", () => again.read(run));
  timed("scan again", () => again.read(run));
  timed("one actor", () => again.read(run, { actor: actorId("agent/triage/label[17]") }));
  timed("the last ten rows", () => again.read(run, { from: rows - 10 }));
  await again.close();
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const rounded = (results: readonly Result[]): string =>
  String(Math.round(median(results.map(({ perSecond }) => perSecond)))).padStart(6);
const micro = (results: readonly Result[]): string => median(results.map(({ cpuUs }) => cpuUs)).toFixed(1);

await main();
