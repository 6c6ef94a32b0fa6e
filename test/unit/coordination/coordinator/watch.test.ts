import { expect, test } from "vitest";
import { watchGroup } from "../../../../coordination/coordinator/watch.ts";
import type { Proposal } from "../../../../coordination/coordinator/client.ts";
import type { ReplicaEvent } from "../../../../coordination/coordinator/replica.ts";
import type { Diagnostic } from "../../../../coordination/protocol/diagnostics.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";
import { runId, workflowActor } from "../../../../coordination/protocol/ids.ts";

const entry: Entry = { type: "decision.graded", decision: "d", truth: "yes", replyTo: workflowActor };

const proposal = (seq: number): Proposal => ({
  id: String(seq),
  command: {
    type: "entry.proposed",
    client: "run",
    session: 1,
    firstOpen: 0,
    recorded: 0,
    seq,
    id: "e",
    entry,
  },
});
const answered = (seq: number): ReplicaEvent => ({
  type: "answered",
  client: "run",
  session: 1,
  answer: { seq, id: "e", term: 1, index: seq + 1, leader: 1, entry },
});

const watched = () => {
  const told: Diagnostic[] = [];
  const watch = watchGroup(
    { tell: (one) => void told.push(one), watch: () => () => undefined },
    runId("r"),
    [],
  );
  const commits = () => told.filter(({ type }) => type === "raft.committed");
  return { watch, commits };
};

test("an entry is timed from its first hand-over to the first replica that applies it", () => {
  const { watch, commits } = watched();
  watch.handed([proposal(0), proposal(1)]);
  watch.handed([proposal(1)]);
  for (const node of [1, 2, 3]) for (const seq of [0, 1]) watch.happened(node, answered(seq));
  const timed = { type: "raft.committed", seconds: expect.any(Number), run: "r" };
  expect(commits()).toEqual([timed, timed]);
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
