import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../actors/runtime/clock.ts";
import { memoryBus } from "../../coordination/bus/memory.ts";
import { openGroup, tickMs } from "../../coordination/coordinator/group.ts";
import type { RaftInput } from "../../coordination/raft/io.ts";
import { startNode } from "../../coordination/raft/state.ts";
import { raftStep } from "../../coordination/raft/step.ts";
import { openJournalRaftStore } from "../../coordination/raft/store-journal.ts";
import { defaultRaftOptions, type NodeId } from "../../coordination/raft/types.ts";

/**
 * Raft in one process: the core alone, in memory; an entry from proposal to commit through three replicas on disk, beside a
 * write of as much and its fdatasync in the same rounds; and how long a commit takes after the leader's death.
 * Usage: npm run bench -- raft [FOLDER ON THE DISK TO MEASURE]
 */
const main = async (): Promise<void> => {
  for (const [nodes, batch] of [
    [3, 1],
    [5, 1],
    [3, 64],
  ] as const)
    core(nodes, batch);
  const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), "swarm-bench-raft-"));
  try {
    await group(dir);
    await failover(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const commitsARound = 100_000;

/** Microseconds a commit, every node's work included, messages and disks being free. */
const core = (count: number, batch: number): void => {
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  const options = { snapshotEvery: 20_000, trailingEntries: 100 };
  const nodes = new Map(ids.map((id) => [id, startNode({ id, voters: ids, seed: 1, options })]));
  let queue: { readonly to: NodeId; readonly input: RaftInput }[] = [];
  const feed = (to: NodeId, input: RaftInput): void => {
    const state = nodes.get(to);
    if (state === undefined) return;
    const turn = raftStep(state, input);
    nodes.set(to, turn.state);
    for (const effect of turn.effects) {
      if (effect.type === "persist")
        queue.push({ to, input: { type: "persisted", upTo: effect.write.token } });
      else if (effect.type === "send")
        queue.push({ to: effect.message.to, input: { type: "message", message: effect.message } });
      else if (effect.type === "apply")
        queue.push({ to, input: { type: "applied", index: effect.entries.at(-1)?.index ?? 0 } });
      else if (effect.type === "takeSnapshot")
        queue.push({ to, input: { type: "snapshotTaken", index: effect.snapshot.index, length: 0 } });
    }
  };
  const settle = (): void => {
    while (queue.length > 0) {
      const round = queue;
      queue = [];
      for (const { to, input } of round) feed(to, input);
    }
  };
  feed(1, { type: "campaign" });
  settle();
  const data = "x".repeat(100);
  const rounds: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    const startedAt = performance.now();
    for (let at = 0; at < commitsARound; at += batch) {
      const commands = Array.from({ length: batch }, (_, place) => ({ id: `c${at + place}`, data }));
      feed(1, { type: "propose", commands });
      settle();
    }
    // The first round warms up.
    if (round > 0) rounds.push(((performance.now() - startedAt) * 1000) / commitsARound);
  }
  const best = `best ${Math.min(...rounds).toFixed(2)}`;
  console.log(
    `core, ${count} nodes, batches of ${batch}: ${median(rounds).toFixed(2)} us a commit (${best})`,
  );
};

const entry = {
  type: "ballot.cast",
  decision: "d",
  voter: "v",
  option: "yes",
  confidencePpm: 900_000,
} as const;

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
  const bare = openSync(join(dir, "bare"), "w");
  const value = Buffer.alloc(600, "x");
  const reserved = 4 * 1024 * 1024;
  writeSync(bare, Buffer.alloc(reserved));
  for (const replicas of [1, 3, 5]) {
    let done: () => void = () => undefined;
    const opened = openOn({ dir: join(dir, `group-${replicas}`), replicas }, () => done());
    const ours: number[] = [];
    const sync: number[] = [];
    for (let at = 0; at < 1500; at += 1) {
      const syncAt = performance.now();
      writeSync(bare, value, 0, value.length, (at * value.length) % (reserved - value.length));
      fdatasyncSync(bare);
      const startedAt = performance.now();
      const commit = new Promise<void>((resolve) => (done = resolve));
      opened.propose(`p${at}`, entry, at);
      await commit;
      if (at < 300) continue;
      sync.push(startedAt - syncAt);
      ours.push(performance.now() - startedAt);
    }
    opened.close();
    const beyond = ours.map((ms, at) => (ms - (sync[at] ?? 0)) * 1000);
    console.log(
      `one client, ${replicas} replicas: p50 ${median(ours).toFixed(3)} ms, the sync ${median(sync).toFixed(3)} ms, beyond it p50 ${median(beyond).toFixed(0)} us`,
    );
  }
  closeSync(bare);
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
