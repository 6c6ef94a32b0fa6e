import { expect, test } from "vitest";
import { openReplica } from "../../../../coordination/coordinator/replica.ts";
import { watchGroup } from "../../../../coordination/coordinator/watch.ts";
import type { Proposal } from "../../../../coordination/coordinator/client.ts";
import type { ReplicaEvent } from "../../../../coordination/coordinator/replica.ts";
import type { Diagnostic } from "../../../../coordination/protocol/diagnostics.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";
import { runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";
import { memoryRaftStore } from "../../../../coordination/raft/store-memory.ts";

const entry: Entry = { type: "decision.graded", decision: "d", truth: "yes", replyTo: workflowActor };

const proposal = (seq: number, session = 1): Proposal => ({
  id: String(seq),
  command: {
    type: "entry.proposed",
    client: "run",
    session,
    firstOpen: 0,
    recorded: 0,
    seq,
    id: "e",
    entry,
  },
});
const answered = (seq: number, session = 1): ReplicaEvent => ({
  type: "answered",
  client: "run",
  session,
  answer: { seq, id: "e", term: 1, index: seq + 1, leader: 1, entry },
});

const watched = (replicas: Parameters<typeof watchGroup>[2] = []) => {
  const told: Diagnostic[] = [];
  const gauges = new Set<() => readonly unknown[]>();
  const watch = watchGroup(
    {
      tell: (one) => void told.push(one),
      watch: (read) => {
        gauges.add(read);
        return () => void gauges.delete(read);
      },
    },
    runId("r"),
    replicas,
  );
  const commits = () => told.filter(({ type }) => type === "raft.committed");
  const standing = () => [...gauges].flatMap((read) => read());
  return { watch, told, commits, standing };
};

const becomes = (role: "candidate" | "follower" | "leader"): ReplicaEvent => ({
  type: "roleChanged",
  role,
  term: 1,
  leader: null,
});

/** An append of node 1 to node 2, of `entries` behind `prevIndex`. */
const append = (prevIndex: number, entries: number): RaftMessage => ({
  type: "appendRequest",
  from: 1,
  to: 2,
  term: 1,
  prevIndex,
  prevTerm: 1,
  entries: Array.from({ length: entries }, (_, at) => ({
    index: prevIndex + 1 + at,
    term: 1,
    payload: { type: "command", id: "", data: "" },
  })),
  commit: 0,
});
const accepted = (match: number): RaftMessage => ({ type: "appendAccepted", from: 2, to: 1, term: 1, match });

test("an entry is timed from its first hand-over to the first replica that applies it", () => {
  const { watch, commits } = watched();
  watch.handed([proposal(0), proposal(1)]);
  watch.handed([proposal(1)]);
  for (const node of [1, 2, 3]) for (const seq of [0, 1]) watch.happened(node, answered(seq));
  const timed = { type: "raft.committed", seconds: expect.any(Number), run: "r" };
  expect(commits()).toEqual([timed, timed]);
});

/** Lets that much time pass without letting go of the thread. */
const work = (ms: number): void => {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
};

test("an entry that is handed over again is timed from the first time, an append from the newest one answered", () => {
  const { watch, told } = watched();
  watch.handed([proposal(0)]);
  watch.posted(append(0, 1));
  work(5);
  watch.handed([proposal(0)]);
  const startMs = performance.now();
  watch.posted(append(1, 1));
  watch.happened(1, answered(0));
  watch.received(accepted(2));
  const lastedMs = performance.now() - startMs;
  const [commit, answer] = told.map((one) => ("seconds" in one ? one.seconds * 1000 : Number.NaN));
  expect(commit).toBeGreaterThanOrEqual(5);
  expect(answer).toBeLessThanOrEqual(lastedMs);
});

test("what was turned away, what opens a session and what is told again have no time", () => {
  const { watch, commits } = watched();
  watch.handed([proposal(0)]);
  watch.happened(1, { type: "rejected", id: "0", reason: "notLeader", leader: null });
  watch.handed([
    { id: "opening", command: { type: "session.opened", client: "run", opening: "o", recorded: 0 } },
  ]);
  watch.happened(1, answered(0));
  watch.happened(1, answered(7));
  expect(commits()).toEqual([]);
});

test("what an earlier process had committed under the same number is not taken for an entry of this one", () => {
  const { watch, commits } = watched();
  watch.handed([proposal(0, 7)]);
  watch.happened(2, answered(0, 1));
  expect(commits()).toEqual([]);
  watch.happened(1, answered(0, 7));
  expect(commits()).toHaveLength(1);
});

test("an entry that is handed over again in a new session is timed in that one", () => {
  const { watch, commits } = watched();
  watch.handed([proposal(0, 1)]);
  watch.handed([proposal(0, 5)]);
  watch.happened(1, answered(0, 5));
  expect(commits()).toHaveLength(1);
});

test("an election is won, lost or timed out by who stood, and a leader that stays is no new one", () => {
  const { watch, told } = watched();
  const elections: readonly (readonly [number, Parameters<typeof becomes>[0], readonly string[]])[] = [
    [1, "candidate", []],
    [1, "leader", ["won"]],
    [1, "follower", []],
    [2, "candidate", []],
    [2, "candidate", ["timed-out"]],
    [2, "follower", ["lost"]],
    [2, "follower", []],
    [1, "leader", ["won"]],
    [3, "candidate", []],
    [3, "leader", ["won", "raft.leaderChanged"]],
  ];
  for (const [node, role, says] of elections) {
    told.length = 0;
    watch.happened(node, becomes(role));
    expect(told.map((one) => (one.type === "raft.elected" ? one.outcome : one.type))).toEqual(says);
  }
});

test("a follower's answer is timed once for all appends that it answers", () => {
  const { watch, told } = watched();
  watch.posted(append(0, 1));
  watch.posted(append(1, 1));
  watch.posted(append(2, 1));
  watch.received(accepted(2));
  watch.received(accepted(2));
  expect(told).toEqual([{ type: "raft.appendAnswered", node: 1, peer: 2, seconds: expect.any(Number) }]);
  watch.received(accepted(3));
  expect(told).toHaveLength(2);
});

test("appends that were rejected, of an earlier leader, or too many at once are not timed", () => {
  const { watch, told } = watched();
  watch.posted(append(0, 1));
  watch.received({
    type: "appendRejected",
    from: 2,
    to: 1,
    term: 1,
    prevIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
  });
  watch.received(accepted(1));
  expect(told).toEqual([]);
  watch.posted(append(1, 1));
  watch.happened(3, becomes("leader"));
  told.length = 0;
  watch.received(accepted(2));
  for (let at = 0; at <= 64; at += 1) watch.posted(append(at, 1));
  watch.received(accepted(64));
  expect(told).toHaveLength(1);
  watch.received(accepted(65));
  expect(told).toHaveLength(1);
});

test("shows how each living replica stands, until it is closed", () => {
  const replicas = [1, 2].map((node) =>
    openReplica({
      node,
      voters: [1, 2],
      seed: 1,
      options: {},
      store: memoryRaftStore(),
      apply: (sessions) => ({ sessions, event: undefined }),
      post: () => undefined,
      write: () => undefined,
      later: () => undefined,
      happened: () => undefined,
    }),
  );
  const { watch, standing } = watched(replicas);
  expect(standing()).toHaveLength(2);
  replicas[1]?.kill();
  expect(standing()).toEqual([
    { type: "replica", node: 1, role: "follower", term: 0, lastIndex: 0, commitIndex: 0, appliedIndex: 0 },
  ]);
  watch.close();
  expect(standing()).toEqual([]);
});
