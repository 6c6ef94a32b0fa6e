import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLmdbRaftStore } from "../../coordination/raft/store-lmdb.ts";
import { often } from "../support/deep.ts";
import { compileRecorder, diskAfterCut, readTrace, type DiskEvent } from "../support/log-disk.ts";
import { startLogProcess } from "../support/log-process.ts";
import { bundleRaftStoreProcess } from "../support/raft-store-process.ts";
import { digestOf, modelOf, scriptOf, type Model } from "../support/raft-store-script.ts";

const cuts = often(150, 3_000);
const steps = 250;

let root: string;
let bundle: string;
let recorder: string | undefined;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "swarm-raft-power-"));
  bundle = await bundleRaftStoreProcess();
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

const digest = (model: Model): string =>
  [...model].map(([node, expected]) => `${node} ${digestOf(expected)}`).join();

const digestAt = async (dir: string): Promise<string> => {
  const store = openLmdbRaftStore({ dir, group: "g" });
  try {
    return digest(modelOf(store));
  } finally {
    await store.close();
  }
};

/** What stands on the disk before each step of a seed. */
const digestsOf = (seed: number): readonly string[] => {
  const digests: string[] = [];
  for (const { before } of scriptOf(seed)) {
    if (digests.length > steps) break;
    digests.push(digest(before));
  }
  return digests;
};

const acknowledgedBy = (events: readonly DiskEvent[]): number =>
  events.reduce(
    (most, event) => (event.type === "acknowledged" ? Math.max(most, event.position + 1) : most),
    0,
  );

test(
  `after each of ${cuts} cuts of the power, every acknowledged step is there, and none by half`,
  { timeout: 60_000 + cuts * 200 },
  async ({ skip }) => {
    if (recorder === undefined) return skip();
    const seed = Math.floor(Math.random() * 1_000_000);
    const trace = join(root, "trace");
    const words = ["write", join(root, "home"), String(seed), "0", String(steps), join(root, "steps.acks")];
    const { code } = await startLogProcess(bundle, words, { LD_PRELOAD: recorder, DISK_TRACE: trace }).ended;
    expect(code).toBe(0);
    const events = readTrace(trace);
    expect(acknowledgedBy(events)).toBe(steps);
    const digests = digestsOf(seed);
    // A home that is cut off while it is made holds nothing yet; from its first flush on it must open.
    const born = events.findIndex(({ type }) => type === "acknowledged");
    let lostSectors = 0;
    for (let cut = 0; cut < cuts; cut += 1) {
      const before = events.slice(0, born + Math.floor(Math.random() * (events.length - born)));
      const likely = Math.random();
      const { image, lost } = diskAfterCut(before, () => Math.random() < likely);
      lostSectors += lost;
      const dir = join(root, `cut-${cut}`);
      mkdirSync(dir);
      writeFileSync(join(dir, "data.mdb"), image);
      const acknowledged = acknowledgedBy(before);
      const allowed = [digests[acknowledged], digests[acknowledged + 1]];
      expect(allowed, `seed ${seed}, after ${acknowledged} steps`).toContain(await digestAt(dir));
      rmSync(dir, { recursive: true });
    }
    // Otherwise the cuts fell where there was nothing to lose, and proved nothing.
    expect(lostSectors).toBeGreaterThan(cuts);
  },
);

const errors = often(10, 100);

test(
  `of ${errors} disks that begin to fail with EIO, none loses an acknowledged step, and the writer ends`,
  { timeout: errors * 5_000 },
  async ({ skip }) => {
    if (recorder === undefined) return skip();
    const digests = digestsOf(3);
    for (let round = 0; round < errors; round += 1) {
      const dir = join(root, `eio-${round}`);
      const words = ["write", dir, "3", "0", String(steps)];
      const { lines, code, signal } = await startLogProcess(bundle, words, {
        LD_PRELOAD: recorder,
        DISK_FAIL_AFTER: String(20 + Math.floor(Math.random() * 400)),
      }).ended;
      // When a write fails, lmdb 3.5 overruns the buffer of its own message, so that the process may die instead of telling.
      const outcome = signal ?? `${code} ${lines.at(-1)}`;
      expect(["1 error LOG_WRITE_FAILED", "SIGABRT", "SIGSEGV"]).toContain(outcome);
      const acknowledged = lines.reduce(
        (most, line) => (/^\d+$/.test(line) ? Math.max(most, Number(line) + 1) : most),
        0,
      );
      const allowed = [digests[acknowledged], digests[acknowledged + 1]];
      expect(allowed, `after ${acknowledged} steps`).toContain(await digestAt(dir));
      rmSync(dir, { recursive: true });
    }
  },
);
