import { describe, expect, test } from "vitest";
import type { Reading } from "../../../../coordination/protocol/diagnostics.ts";
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
