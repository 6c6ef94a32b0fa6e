import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openJournalRaftStore } from "../../coordination/raft/store-journal.ts";
import { openLmdbRaftStore } from "../../coordination/raft/store-lmdb.ts";
import { often } from "../support/deep.ts";
import { acknowledgedBy, compileRecorder, diskAfterCut, readTrace } from "../support/log-disk.ts";
import { startLogProcess } from "../support/log-process.ts";
import { bundled } from "../support/bundled.ts";
import { digestOf, modelOf, scriptOf, type Model } from "../support/raft-store-script.ts";

const cuts = often(150, 1_000);
const steps = 250;

let root: string;
let bundle: string;
let recorder: string | undefined;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "swarm-raft-power-"));
  bundle = await bundled("test/support/raft-store.program.ts", `raft-store-${process.pid}`);
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

type Kind = {
  readonly name: string;
  readonly open: typeof openLmdbRaftStore;
  readonly ends: readonly string[];
};

const kinds: readonly Kind[] = [
  // When a write fails, lmdb 3.5 overruns the buffer of its own message, so that the process may die instead of telling: of that, of
  // a page behind the end of a file that could not grow, or of what the store then finds in its place. What was acknowledged must be there.
  {
    name: "lmdb",
    open: openLmdbRaftStore,
    ends: [
      "1 error LOG_WRITE_FAILED",
      "1 error InvariantError: a gap in the log",
      "SIGABRT",
      "SIGSEGV",
      "SIGBUS",
    ],
  },
  { name: "journal", open: openJournalRaftStore, ends: ["1 error LOG_WRITE_FAILED"] },
];

const digestAt = async ({ open }: Kind, dir: string): Promise<string> => {
  const store = open({ dir, group: "g" });
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

/** Lays out what a disk holds after a cut of the power. */
const laidOut = (files: ReadonlyMap<string, Buffer>): string => {
  const dir = mkdtempSync(join(root, "cut-"));
  for (const [name, image] of files) writeFileSync(join(dir, name), image);
  return dir;
};

test.for(kinds)(
  `$name: after each of ${cuts} cuts of the power, every acknowledged step is there, and none by half`,
  { timeout: 120_000 + cuts * 1_000 },
  async (kind, { skip }) => {
    if (recorder === undefined) return skip();
    const seed = Math.floor(Math.random() * 1_000_000);
    const trace = join(root, `trace-${kind.name}`);
    const acks = join(root, `${kind.name}.acks`);
    const words = ["write", join(root, `home-${kind.name}`), String(seed), "0", String(steps), acks];
    const env = { LD_PRELOAD: recorder, DISK_TRACE: trace, RAFT_STORE: kind.name };
    const { code } = await startLogProcess(bundle, words, env).ended;
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
      const { files, lost } = diskAfterCut(before, () => Math.random() < likely);
      lostSectors += lost;
      const dir = laidOut(files);
      const acknowledged = acknowledgedBy(before);
      const allowed = [digests[acknowledged], digests[acknowledged + 1]];
      expect(allowed, `seed ${seed}, after ${acknowledged} steps`).toContain(await digestAt(kind, dir));
      rmSync(dir, { recursive: true });
    }
    // Otherwise the cuts fell where there was nothing to lose, and proved nothing.
    expect(lostSectors).toBeGreaterThan(cuts);
  },
);

const errors = often(10, 100);

/** The last two are what Linux does: it tells of a failed flush once, and forgets what was to be written. */
const failures = kinds.flatMap((kind) => [
  { ...kind, what: "begin to fail with EIO", env: {} },
  { ...kind, what: "fail once with EIO", env: { DISK_FAIL_TIMES: "1" } },
  { ...kind, what: "fail to flush once", env: { DISK_FAIL_TIMES: "1", DISK_FAIL_FLUSHES: "1" } },
]);

test.for(failures)(
  `$name: of ${errors} disks that $what, none loses an acknowledged step, and the writer ends and does not go on`,
  { timeout: errors * 10_000 },
  async ({ env, ...kind }, { skip }) => {
    if (recorder === undefined) return skip();
    const digests = digestsOf(3);
    for (let round = 0; round < errors; round += 1) {
      const dir = join(root, "eio");
      const trace = join(root, "eio-trace");
      const { lines, code, signal } = await startLogProcess(bundle, ["write", dir, "3", "0", String(steps)], {
        ...env,
        LD_PRELOAD: recorder,
        DISK_TRACE: trace,
        RAFT_STORE: kind.name,
        DISK_FAIL_AFTER: String(20 + Math.floor(Math.random() * 200)),
      }).ended;
      expect(lines).not.toContain("went on");
      expect(kind.ends).toContain(signal ?? `${code} ${lines.at(-1)}`);
      const acknowledged = lines.reduce(
        (most, line) => (/^\d+$/.test(line) ? Math.max(most, Number(line) + 1) : most),
        0,
      );
      const allowed = [digests[acknowledged], digests[acknowledged + 1]];
      // Whether the machine stays up, or goes down with all that was not flushed.
      const cut = laidOut(diskAfterCut(readTrace(trace), () => Math.random() < 0.5).files);
      for (const left of [dir, cut]) {
        expect(allowed, `after ${acknowledged} steps`).toContain(await digestAt(kind, left));
        rmSync(left, { recursive: true });
      }
      rmSync(trace);
    }
  },
);
