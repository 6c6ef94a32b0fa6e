import fs, { mkdtempSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open } from "lmdb";
import { systemClock } from "../../actors/runtime/clock.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";
import { openGroup, tickMs } from "../../coordination/coordinator/group.ts";
import { openJournalRaftStore } from "../../coordination/raft/store-journal.ts";
import { defaultRaftOptions } from "../../coordination/raft/types.ts";

/**
 * A group in one process: an entry from proposal to commit through its replicas on disk, beside a synchronous transaction of LMDB on the
 * same disk, in turns, and beside what the store's own write and fdatasync took in that very commit; and how long a commit takes
 * after the leader's death. The core alone: raft-core.
 * Usage: npm run bench -- raft [FOLDER ON THE DISK TO MEASURE]
 */
const main = async (): Promise<void> => {
  const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), "swarm-bench-raft-"));
  try {
    await group(dir);
    await failover(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const entry = {
  type: "ballot.cast",
  decision: "d",
  voter: "v",
  option: "yes",
  confidencePpm: 900_000,
} as const;

/** Commits, and then as many transactions beside them. */
const turn = 200;

/** Before so many commits a third of the time goes to code that is still being compiled. */
const warmUp = 3000;
const commits = 6000;

type Disk = { readonly dir: string; readonly replicas: number };

const openOn = ({ dir, replicas }: Disk, committed: () => void) =>
  openGroup({
    group: "bench",
    replicas,
    seed: 1,
    store: () => openJournalRaftStore({ dir, group: "bench" }),
    bus: memoryBus(),
    clock: systemClock(),
    opening: "first",
    recorded: 0,
    committed,
    broken: (error) => {
      throw error;
    },
  });

/** One client that waits for each commit. */
const group = async (dir: string): Promise<void> => {
  const spent = timeDisk();
  const transaction = lmdbIn(join(dir, "lmdb"));
  for (const replicas of [1, 3, 5]) {
    let done: () => void = () => undefined;
    const opened = openOn({ dir: join(dir, `group-${replicas}`), replicas }, () => done());
    const ours: number[] = [];
    const sync: number[] = [];
    const lmdb: number[] = [];
    for (let at = 0; at < commits; at += 1) {
      spent.ms = 0;
      const startedAt = performance.now();
      const commit = new Promise<void>((resolve) => (done = resolve));
      opened.propose(`p${at}`, entry, at);
      await commit;
      if (at < warmUp) continue;
      ours.push(performance.now() - startedAt);
      sync.push(spent.ms);
      if ((at + 1) % turn === 0) for (let other = 0; other < turn; other += 1) lmdb.push(transaction());
    }
    opened.close();
    const beyond = ours.map((ms, at) => (ms - (sync[at] ?? 0)) * 1000);
    const [p50, own, theirs] = [median(ours), median(sync), median(lmdb)];
    console.log(
      `one client, ${replicas} replicas: p50 ${p50.toFixed(3)} ms, a transaction of LMDB ${theirs.toFixed(3)} ms, difference ${((p50 - theirs) * 1000).toFixed(0)} us; its own write and fdatasync ${own.toFixed(3)} ms, beyond them p50 ${median(beyond).toFixed(0)} us`,
    );
  }
};

/** Makes a synchronous transaction of 2 kB, which is about what a commit writes, and gives the milliseconds that it took. */
const lmdbIn = (path: string): (() => number) => {
  // As this project opens it: flushed before a commit returns.
  const db = open<Buffer, number>({
    path,
    encoding: "binary",
    overlappingSync: false,
    eventTurnBatching: false,
  });
  const value = Buffer.alloc(2048, 1);
  let made = 0;
  return () => {
    const startedAt = performance.now();
    // A block: were `putSync` returned, LMDB could commit later. The file does not grow.
    db.transactionSync(() => {
      db.putSync((made += 1) % 64, value);
    });
    return performance.now() - startedAt;
  };
};

/** Adds up the milliseconds within writes and flushes of files, wherever this process makes them. */
const timeDisk = (): { ms: number } => {
  const spent = { ms: 0 };
  const timed =
    <Words extends unknown[], Result>(work: (...words: Words) => Result) =>
    (...words: Words): Result => {
      const startedAt = performance.now();
      try {
        return work(...words);
      } finally {
        spent.ms += performance.now() - startedAt;
      }
    };
  Object.assign(fs, { writeSync: timed(fs.writeSync), fdatasyncSync: timed(fs.fdatasyncSync) });
  syncBuiltinESMExports();
  return spent;
};

/** Kills the leader and proposes at once; the wait for the commit, in election timeouts. */
const failover = async (dir: string): Promise<void> => {
  const waits: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    let done: () => void = () => undefined;
    const opened = openOn({ dir: join(dir, `failover-${round}`), replicas: 3 }, () => done());
    const commit = (id: string): Promise<void> =>
      new Promise<void>((resolve) => {
        done = resolve;
        opened.propose(id, entry, 0);
      });
    await commit("first");
    opened.kill(opened.leader() ?? 1);
    const startedAt = performance.now();
    await commit("second");
    waits.push(performance.now() - startedAt);
    opened.close();
  }
  const timeoutMs = 2 * defaultRaftOptions.electionTicks * tickMs;
  const p99 = waits.toSorted((a, b) => a - b)[98] ?? Number.NaN;
  console.log(
    `failover: p50 ${median(waits).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms = ${(p99 / timeoutMs).toFixed(2)} of the longest election timeout (${timeoutMs} ms)`,
  );
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

// A group's timers do not keep a process alive.
const awake = setInterval(() => undefined, 1000);
await main();
clearInterval(awake);
