import { expect, test } from "vitest";
import { startNode } from "../../../coordination/raft/state.ts";
import { raftStep } from "../../../coordination/raft/step.ts";
import { traceLine } from "../../driver/trace.ts";

const node = startNode({ id: 1, voters: [1], seed: 1 });

test("a step is one line of JSON with everything that a checker needs", () => {
  const { state, effects } = raftStep(node, { type: "campaign" });
  const line = traceLine({ step: 7, node: 1, input: { type: "campaign" }, state, effects });
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    v: 1,
    step: 7,
    node: 1,
    input: { type: "campaign" },
    term: 1,
    vote: 1,
    role: "candidate",
    leader: null,
    commit: 0,
    applied: 0,
    last: [0, 0],
    durable: 0,
    members: { voters: [1], outgoing: [], learners: [] },
    sent: [],
    wrote: [{ token: 1, hardState: { term: 1, vote: 1 }, snapshot: null, truncateFrom: null, entries: [] }],
    effects: [
      { type: "roleChanged", role: "preCandidate", term: 0, leader: null },
      { type: "roleChanged", role: "candidate", term: 1, leader: null },
    ],
  });
});

test("messages carry their numbers and what they wait for", () => {
  const message = { type: "heartbeat", from: 2, to: 1, term: 3, commit: 0, read: 0 } as const;
  const { state, effects } = raftStep(node, { type: "message", message });
  const step = { step: 1, at: 20, node: 1, input: { type: "message", message }, state, effects } as const;
  expect(JSON.parse(traceLine({ ...step, received: 5 }))).toMatchObject({
    at: 20,
    input: { type: "message", message: { id: 5, from: 2 } },
    sent: [{ type: "heartbeatResponse", to: 2, after: 1 }],
  });
  const sent = [{ id: 6, after: null, message }];
  expect(JSON.parse(traceLine({ ...step, sent }))).toMatchObject({
    sent: [{ id: 6, after: null, type: "heartbeat" }],
  });
});
