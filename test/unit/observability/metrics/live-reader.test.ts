import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Diagnostic, Reading } from "../../../../coordination/protocol/diagnostics.ts";
import { runId } from "../../../../coordination/protocol/ids.ts";
import { namesAtMost } from "../../../../observability/metrics/bounded-names.ts";
import { liveReader } from "../../../../observability/metrics/live-reader.ts";
import { metricsRegistry } from "../../../../observability/metrics/registry.ts";

/** The lines of one metric, once all these have been watched. */
const linesOf = async (
  name: string,
  ...watched: readonly (readonly Reading[])[]
): Promise<readonly string[]> => {
  const registry = metricsRegistry("1", () => live.look());
  const live = liveReader(registry.meter);
  for (const readings of watched) live.watch(() => readings);
  return (await registry.plain()).split("\n").filter((line) => line.startsWith(`${name}{`));
};

test("what names beyond the bound have is added up", async () => {
  const actors = Array.from({ length: namesAtMost + 3 }, (_, at): Reading => ({
    type: "actor",
    name: `a${at}`,
    isAgent: true,
    state: "idle",
    mailbox: at,
  }));
  const lines = await linesOf("swarm_agent_mailbox_depth", actors);
  expect(lines).toHaveLength(namesAtMost + 1);
  expect(lines.at(-1)).toBe(`swarm_agent_mailbox_depth{role="other"} ${32 + 33 + 34}`);
});

test("the worst of the circuits beyond the bound stands for them", async () => {
  const circuits = Array.from({ length: namesAtMost + 2 }, (_, at): Reading => ({
    type: "circuit",
    provider: `p${at}`,
    state: at === namesAtMost ? "open" : "closed",
  }));
  const lines = await linesOf("swarm_circuit_state", circuits);
  expect(lines).toContain('swarm_circuit_state{provider="other",state="open"} 1');
  expect(lines).toContain('swarm_circuit_state{provider="other",state="closed"} 0');
});

test("of two groups only the one that started last is shown, whatever their sizes", async () => {
  const group = (replicas: number, leader: number): readonly Reading[] =>
    Array.from({ length: replicas }, (_, at) => ({
      type: "replica",
      node: at + 1,
      role: at + 1 === leader ? "leader" : "follower",
      term: 2,
      lastIndex: 1,
      commitIndex: 1,
      appliedIndex: 1,
    }));
  const lines = await linesOf("swarm_raft_term", group(5, 4), group(3, 1), []);
  expect(lines).toEqual([1, 2, 3].map((node) => `swarm_raft_term{node="${node}"} 2`));
});

describe("of those who are gone", () => {
  const replica = (term: number): Reading => ({
    type: "replica",
    node: 1,
    role: "leader",
    term,
    lastIndex: 1,
    commitIndex: 1,
    appliedIndex: 1,
  });
  const circuit = (provider: string, state: "open" | "closed"): Reading => ({
    type: "circuit",
    provider,
    state,
  });
  const actor = (name: string, mailbox: number): Reading => ({
    type: "actor",
    name,
    isAgent: true,
    state: "idle",
    mailbox,
  });

  /** The lines of some metrics, once the first have come and gone and the others are there. */
  const linesAfter = async (
    gone: readonly (readonly Reading[])[],
    there: readonly Reading[],
  ): Promise<readonly string[]> => {
    const registry = metricsRegistry("1", () => live.look());
    const live = liveReader(registry.meter);
    for (const readings of gone) live.watch(() => readings)();
    live.watch(() => there);
    const shown =
      /^swarm_(raft_state|raft_term|circuit_state|agent_mailbox_depth|agents)\{.* (?!0$)|^swarm_agent_mailbox/;
    return (await registry.plain()).split("\n").filter((line) => shown.test(line));
  };

  test("the log of the last group, circuits and the names of actors stay, and no agent lives", async () => {
    const gone = [
      [replica(2), circuit("a", "closed")],
      [replica(3), circuit("b", "open"), actor("ann", 4)],
    ];
    expect(await linesAfter(gone, [])).toEqual([
      'swarm_agent_mailbox_depth{role="ann"} 0',
      'swarm_circuit_state{provider="a",state="closed"} 1',
      'swarm_circuit_state{provider="b",state="open"} 1',
      'swarm_raft_term{node="1"} 3',
    ]);
  });

  test("the log of a group stays when others go after it", async () => {
    expect(await linesAfter([[replica(3)], [actor("ann", 4)]], [])).toEqual([
      'swarm_agent_mailbox_depth{role="ann"} 0',
      'swarm_raft_term{node="1"} 3',
    ]);
  });

  test("what is told anew takes the place of what was told last", async () => {
    const gone = [[replica(3), circuit("a", "open"), actor("ann", 4)]];
    expect(await linesAfter(gone, [replica(5), circuit("a", "closed"), actor("ann", 1)])).toEqual([
      'swarm_agents{state="idle"} 1',
      'swarm_agent_mailbox_depth{role="ann"} 1',
      'swarm_circuit_state{provider="a",state="closed"} 1',
      'swarm_raft_state{node="1",role="leader"} 1',
      'swarm_raft_term{node="1"} 5',
    ]);
  });
});

/** What stands under some names, by their lines without what is 0, once this was told and these are watched. */
const shownOf = async (
  names: RegExp,
  told: readonly Diagnostic[],
  ...watched: readonly (readonly Reading[])[]
): Promise<readonly string[]> => {
  const registry = metricsRegistry("1", () => live.look());
  const live = liveReader(registry.meter);
  for (const diagnostic of told) live.tell(diagnostic);
  for (const readings of watched) live.watch(() => readings);
  const lines = (await registry.plain()).split("\n");
  return lines.filter((line) => names.test(line) && !/_bucket|^#| 0$/.test(line));
};

test("what is told is measured with its own number, under its own labels", async () => {
  const destination = "swarm.{run}";
  const run = runId("r");
  const to = `{messaging_destination_template="${destination}"}`;
  expect(
    await shownOf(/^(messaging|swarm_(log|raft|otel|message))/, [
      { type: "log.committed", seconds: 0.5, rows: 7, run },
      { type: "message.published", destination, messages: 3 },
      { type: "message.handled", destination, handlingSeconds: 0.25, deliverySeconds: 2 },
      { type: "message.dropped", reason: "slow-consumer" },
      { type: "raft.elected", outcome: "lost" },
      { type: "raft.leaderChanged" },
      { type: "raft.proposalRejected" },
      { type: "raft.committed", seconds: 0.125, run },
      { type: "raft.appendAnswered", node: 1, peer: 3, seconds: 0.75 },
      { type: "spans.exported", result: "failed", spans: 11 },
    ]),
  ).toEqual(
    expect.arrayContaining([
      "swarm_log_append_duration_seconds_sum 0.5",
      "swarm_log_batch_size_sum 7",
      `messaging_client_sent_messages_total${to} 3`,
      `messaging_process_duration_seconds_sum${to} 0.25`,
      `swarm_message_delivery_seconds_sum${to} 2`,
      'swarm_messages_dropped_total{reason="slow-consumer"} 1',
      'swarm_raft_elections_total{outcome="lost"} 1',
      "swarm_raft_leader_changes_total 1",
      'swarm_raft_proposals_total{outcome="rejected"} 1',
      "swarm_raft_commit_duration_seconds_sum 0.125",
      'swarm_raft_append_rtt_seconds_sum{node="1",peer="3"} 0.75',
      'swarm_otel_spans_total{result="failed"} 11',
    ]),
  );
});

test("how long commits took points to the run that they were for", async () => {
  const { meter, openMetrics } = metricsRegistry("1", () => undefined);
  const { tell } = liveReader(meter);
  tell({ type: "log.committed", seconds: 0.5, rows: 7, run: runId("a") });
  tell({ type: "raft.committed", seconds: 0.5, run: runId("b") });
  const exemplar = /^(swarm_\w+)_bucket\{.* # \{trace_id="(\w+)"\}/gm;
  expect([...(await openMetrics()).matchAll(exemplar)].map(([, name, trace]) => [name, trace])).toEqual([
    ["swarm_raft_commit_duration_seconds", hash("sha256", "b", "hex").slice(0, 32)],
    ["swarm_log_append_duration_seconds", hash("sha256", "a", "hex").slice(0, 32)],
  ]);
});

test("who stops watching twice leaves what it said the first time", async () => {
  const registry = metricsRegistry("1", () => live.look());
  const live = liveReader(registry.meter);
  let name = "ann";
  const stop = live.watch(() => [{ type: "actor", name, isAgent: true, state: "idle", mailbox: 1 }]);
  stop();
  name = "bob";
  stop();
  expect(await registry.plain()).not.toContain('role="bob"');
});

test("an agent in a state of its own is told as another", async () => {
  const agent = { type: "actor", name: "ann", isAgent: true, state: "dreaming", mailbox: 0 } as const;
  expect(await shownOf(/^swarm_agents\{/, [], [agent])).toEqual(['swarm_agents{state="other"} 1']);
});

test("what several runs have at once is added up, but for the busiest share and the one log", async () => {
  const readings = (share: number): readonly Reading[] => [
    { type: "runs", active: 1 },
    { type: "scheduler", waiting: { low: 1, normal: 2, high: 3 }, held: 4 },
    { type: "utilization", share },
    { type: "memory", kind: "resident", bytes: 100 },
    { type: "spans.waiting", spans: 5 },
    { type: "log.space", usedBytes: 6, mapBytes: 8 },
  ];
  const gauges = /^swarm_(runs_active|gpu_(leases|utilization|queue|memory)|otel_queue|log_(used|map))/;
  const engine = 'device="engine"';
  expect((await shownOf(gauges, [], readings(0.75), readings(0.25))).toSorted()).toEqual([
    `swarm_gpu_leases{${engine},state="held"} 8`,
    `swarm_gpu_memory_bytes{${engine},kind="resident"} 200`,
    'swarm_gpu_queue_depth{priority="high"} 6',
    'swarm_gpu_queue_depth{priority="low"} 2',
    'swarm_gpu_queue_depth{priority="normal"} 4',
    `swarm_gpu_utilization_ratio{${engine}} 0.75`,
    "swarm_log_map_bytes 8",
    "swarm_log_used_bytes 6",
    "swarm_otel_queue_size 10",
    "swarm_runs_active 2",
  ]);
});

test("a replica that was shown has no role once its group has ended, and its log stays to the number", async () => {
  const registry = metricsRegistry("1", () => live.look());
  const live = liveReader(registry.meter);
  const indexes = { lastIndex: 9, commitIndex: 8, appliedIndex: 7 };
  const end = live.watch(() => [{ type: "replica", node: 2, role: "leader", term: 3, ...indexes }]);
  const lines = async () =>
    (await registry.plain()).split("\n").filter((line) => /^swarm_raft_\w+\{node/.test(line));
  const log = [
    'swarm_raft_term{node="2"} 3',
    'swarm_raft_last_index{node="2"} 9',
    'swarm_raft_commit_index{node="2"} 8',
    'swarm_raft_applied_index{node="2"} 7',
  ];
  expect(await lines()).toEqual(
    expect.arrayContaining(['swarm_raft_state{node="2",role="leader"} 1', ...log]),
  );
  end();
  expect(await lines()).toEqual(log);
});
