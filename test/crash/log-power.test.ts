import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLmdbLog } from "../../coordination/log/lmdb.ts";
import { canonical } from "../../coordination/protocol/json.ts";
import { often } from "../support/deep.ts";
import { acknowledgedBy, compileRecorder, diskAfterCut, readTrace } from "../support/log-disk.ts";
import { bundled } from "../support/bundled.ts";
import { startLogProcess } from "../support/log-process.ts";
import { rowAt, runOf } from "../support/log-rows.ts";

const run = runOf("power");
const cuts = often(150, 3_000);

let root: string;
let bundle: string;
let recorder: string | undefined;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "swarm-power-"));
  bundle = await bundled("test/support/log.program.ts", `log-${process.pid}`);
  recorder = compileRecorder(root);
  if (recorder === undefined)
    process.stderr.write(
      "SKIPPED: power cuts and I/O errors are simulated with gcc on Linux only; install gcc to test them\n",
    );
});
afterAll(() => {
  rmSync(root, { recursive: true });
  rmSync(bundle);
});

/** Rows that are there, each of them as it was written; throws on a wrong one. Reading checks their chain. */
const intactRows = async (dir: string): Promise<number> => {
  const log = openLmdbLog({ dir });
  try {
    let count = 0;
    for (const { position, row } of log.read(run)) {
      if (canonical(row) !== canonical(rowAt(run, position))) throw new Error(`row ${position} is wrong`);
      count += 1;
    }
    return count;
  } finally {
    await log.close();
  }
};

test(
  `after each of ${cuts} cuts of the power, every acknowledged row is there`,
  { timeout: 60_000 + cuts * 200 },
  async ({ skip }) => {
    if (recorder === undefined) return skip();
    const trace = join(root, "trace");
    const { code } = await startLogProcess(
      bundle,
      ["write", join(root, "home"), run, "400", join(root, "rows.acks")],
      {
        LD_PRELOAD: recorder,
        DISK_TRACE: trace,
      },
    ).ended;
    expect(code).toBe(0);
    const events = readTrace(trace);
    expect(acknowledgedBy(events)).toBe(400);
    // A home that is cut off while it is made holds no row yet; from its first flush on it must open.
    const born = events.findIndex(({ type }) => type === "acknowledged");
    let lostSectors = 0;
    for (let cut = 0; cut < cuts; cut += 1) {
      const before = events.slice(0, born + Math.floor(Math.random() * (events.length - born)));
      const likely = Math.random();
      const { files, lost } = diskAfterCut(before, () => Math.random() < likely);
      lostSectors += lost;
      const dir = join(root, `cut-${cut}`);
      mkdirSync(dir);
      for (const [name, image] of files) writeFileSync(join(dir, name), image);
      expect(await intactRows(dir)).toBeGreaterThanOrEqual(acknowledgedBy(before));
      rmSync(dir, { recursive: true });
    }
    // Otherwise the cuts fell where there was nothing to lose, and proved nothing.
    expect(lostSectors).toBeGreaterThan(cuts);
  },
);

const errors = often(10, 100);

test(
  `of ${errors} disks that begin to fail with EIO, none loses an acknowledged row, and the writer ends`,
  { timeout: errors * 5_000 },
  async ({ skip }) => {
    if (recorder === undefined) return skip();
    for (let round = 0; round < errors; round += 1) {
      const dir = join(root, `eio-${round}`);
      const { lines, code, signal } = await startLogProcess(bundle, ["write", dir, run, "400"], {
        LD_PRELOAD: recorder,
        DISK_FAIL_AFTER: String(20 + Math.floor(Math.random() * 150)),
      }).ended;
      // When a write fails, lmdb 3.5 overruns the buffer of its own message, so that the process may die instead of telling.
      const outcome = signal ?? `${code} ${lines.at(-1)}`;
      expect(["1 error LOG_WRITE_FAILED", "SIGABRT", "SIGSEGV"]).toContain(outcome);
      const acknowledged = lines.reduce(
        (most, line) => (/^\d+$/.test(line) ? Math.max(most, Number(line) + 1) : most),
        0,
      );
      expect(await intactRows(dir)).toBeGreaterThanOrEqual(acknowledged);
      rmSync(dir, { recursive: true });
    }
  },
);
