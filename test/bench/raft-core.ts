import type { Command, RaftInput } from "../../coordination/raft/io.ts";
import { startNode } from "../../coordination/raft/state.ts";
import { raftStep } from "../../coordination/raft/step.ts";
import type { Entry, LogIndex, NodeId } from "../../coordination/raft/types.ts";
import { startEtcdCore } from "./raft-core/etcd.ts";

/**
 * The core alone, in memory, on one thread: microseconds of processor time a commit, every node's work included, messages and
 * disks being free; beside the core of etcd, where Debian's golang-go and golang-etcd-server-dev are installed.
 * Usage: npm run bench -- raft-core
 */
const main = async (): Promise<void> => {
  const etcd = startEtcdCore();
  if (etcd === undefined)
    console.log("golang-etcd-server-dev is not installed: measured without etcd's core");
  const groups = shapes.map((shape) => ({ shape, group: openCores(shape), took: [] as number[] }));
  const theirs = new Map<string, number[]>();
  // All take turns in each round, so that they meet the same neighbours.
  for (let round = 0; round <= rounds; round += 1)
    for (const { shape, group, took } of groups) {
      const startedAt = process.cpuUsage();
      for (let at = 0; at < commitsARound; at += shape.batch) group.commit(at, shape.batch);
      const { user, system } = process.cpuUsage(startedAt);
      const etcdTook = shape.lazyCommit
        ? undefined
        : await etcd?.measure(shape.nodes, shape.batch, commitsARound);
      // The first round warms up.
      if (round === 0) continue;
      took.push((user + system) / commitsARound);
      if (etcdTook !== undefined) theirs.set(sizeOf(shape), [...(theirs.get(sizeOf(shape)) ?? []), etcdTook]);
    }
  etcd?.close();
  for (const { shape, group, took } of groups) {
    const steps = group.steps() / ((rounds + 1) * commitsARound);
    const name = `${sizeOf(shape)}${shape.lazyCommit ? ", lazyCommit" : ""}`;
    const beside = theirs.get(sizeOf(shape));
    const ratio = beside === undefined ? "" : `, ${(median(took) / median(beside)).toFixed(2)} of etcd's`;
    console.log(`${name}: ${figures(took)}, ${steps.toFixed(2)} steps${ratio}`);
  }
  for (const [size, took] of theirs) console.log(`etcd's core, ${size}: ${figures(took)}`);
};

const sizeOf = ({ nodes, batch }: Shape): string => `${nodes} nodes, batches of ${batch}`;

const figures = (took: readonly number[]): string =>
  `${median(took).toFixed(2)} us a commit (best ${Math.min(...took).toFixed(2)})`;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

type Shape = { readonly nodes: number; readonly batch: number; readonly lazyCommit: boolean };

const rounds = 9;
const commitsARound = 64_000;

const shapes: readonly Shape[] = [false, true].flatMap((lazyCommit) => [
  { nodes: 3, batch: 1, lazyCommit },
  { nodes: 5, batch: 1, lazyCommit },
  { nodes: 3, batch: 64, lazyCommit },
]);

const openCores = ({ nodes: count, lazyCommit }: Shape) => {
  const voters = Array.from({ length: count }, (_, at) => at + 1);
  const options = { snapshotEvery: 20_000, trailingEntries: 100, lazyCommit };
  const nodes = voters.map((id) => startNode({ id, voters, seed: 1, options }));
  let queue: { readonly to: NodeId; readonly input: RaftInput }[] = [];
  const data = "x".repeat(100);
  let steps = 0;

  const feed = (to: NodeId, input: RaftInput): void => {
    const state = nodes[to - 1];
    if (state === undefined) return;
    steps += 1;
    const turn = raftStep(state, input);
    nodes[to - 1] = turn.state;
    for (const effect of turn.effects) {
      switch (effect.type) {
        case "persist":
          queue.push({ to, input: { type: "persisted", upTo: effect.write.token } });
          break;
        case "send":
          queue.push({ to: effect.message.to, input: { type: "message", message: effect.message } });
          break;
        case "apply":
          queue.push({ to, input: { type: "applied", index: lastOf(effect.entries) } });
          break;
        case "takeSnapshot":
          queue.push({ to, input: { type: "snapshotTaken", index: effect.snapshot.index, length: 0 } });
          break;
        default:
      }
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
  return {
    commit: (first: number, batch: number): void => {
      const commands: Command[] = [];
      for (let place = 0; place < batch; place += 1) commands.push({ id: `c${first + place}`, data });
      feed(1, { type: "propose", commands });
      settle();
    },
    steps: (): number => steps,
  };
};

// `at(-1)` leaves compiled code, and would cost as much as a step.
const lastOf = (entries: readonly Entry[]): LogIndex => entries[entries.length - 1]?.index ?? 0;

await main();
