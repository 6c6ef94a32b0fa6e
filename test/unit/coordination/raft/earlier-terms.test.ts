import { expect, test } from "vitest";
import { raftStep } from "../../../../coordination/raft/step.ts";
import { after, from, node, stored, turnOf } from "./turns.ts";

const nothing = { changes: {}, effects: [] };
const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
const snapshot = { index: 2, term: 1, members, length: 9 };

/** Node 1 leads term 2; what it knows of the others is what it began with. */
const leader = after(
  node(stored(1, null, 1, 1)),
  { type: "campaign" },
  from(2, { type: "preVoteResponse", term: 2, round: 1, granted: true }),
  { type: "persisted", upTo: 1 },
  from(2, { type: "voteResponse", term: 2, granted: true }),
);
/** The same, while node 2 takes its snapshot. */
const sending = {
  ...leader,
  snapshot,
  progress: leader.progress.map((peer) =>
    peer.id === 2
      ? { ...peer, mode: "snapshot" as const, snapshot: { index: 2, offset: 0, waited: 0 } }
      : peer,
  ),
};
/** Node 1 follows node 3 in term 2. */
const follower = after(
  node(stored(2, null, 1)),
  from(3, { type: "heartbeat", term: 2, commit: 0, read: 0 }),
  { type: "tick" },
);

test.each([
  ["an acknowledgement", leader, from(2, { type: "appendAccepted", term: 1, match: 2 })],
  [
    "a refusal of an append",
    leader,
    from(2, { type: "appendRejected", term: 1, prevIndex: 2, hintIndex: 0, hintTerm: 0 }),
  ],
  ["an answer to a heartbeat", leader, from(2, { type: "heartbeatResponse", term: 1, read: 9 })],
  ["a wish for a chunk", sending, from(2, { type: "snapshotWanted", term: 1, index: 2, offset: 4 })],
  ["a wish that somebody else leads", follower, from(2, { type: "timeoutNow", term: 1 })],
])("%s of an earlier term changes nothing", (_, state, input) => {
  expect(turnOf(state, input)).toEqual(nothing);
});

test.each([
  ["an append", { type: "appendRequest", prevIndex: 1, prevTerm: 1, entries: [], commit: 1 }],
  ["a heartbeat", { type: "heartbeat", commit: 1, read: 1 }],
  ["a chunk", { type: "snapshotChunk", snapshot, offset: 0, data: "x", done: false }],
] as const)("%s of an earlier term is answered by the later one, and no more", (_, said) => {
  expect(turnOf(follower, from(2, { ...said, term: 1 }))).toEqual({
    changes: {},
    effects: [
      {
        type: "send",
        message: { type: "heartbeatResponse", from: 1, to: 2, term: 2, read: 0 },
        after: null,
      },
    ],
  });
});

test("a message to another node, or from this one, is dropped", () => {
  const heartbeat = { type: "heartbeat", term: 9, commit: 0, read: 0 } as const;
  for (const [sender, to] of [
    [2, 3],
    [1, 1],
  ] as const) {
    const turn = raftStep(follower, { type: "message", message: { ...heartbeat, from: sender, to } });
    expect(turn).toEqual({ state: follower, effects: [] });
  }
});
