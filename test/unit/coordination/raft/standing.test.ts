import { expect, test } from "vitest";
import type { RaftInput } from "../../../../coordination/raft/io.ts";
import { startNode } from "../../../../coordination/raft/state.ts";
import { after, from, leader, node, turnOf } from "./turns.ts";

const ticks = (count: number): readonly RaftInput[] =>
  Array.from({ length: count }, () => ({ type: "tick" }));
const leads = (sender: number, term: number): RaftInput =>
  from(sender, { type: "heartbeat", term, commit: 0, read: 0 });

test("two that stand at once because their leader is gone say yes to each other", () => {
  const standing = after(node(), leads(2, 1), { type: "campaign" });
  expect(standing).toMatchObject({ role: "preCandidate", leader: null });
  const asked = from(3, { type: "preVoteRequest", term: 2, round: 7, lastIndex: 0, lastTerm: 0 });
  expect(turnOf(standing, asked).effects).toMatchObject([
    { type: "send", message: { type: "preVoteResponse", to: 3, term: 2, round: 7, granted: true } },
  ]);
});

test("a candidate that most have refused is one no longer", () => {
  const refuses = (sender: number) => from(sender, { type: "voteResponse", term: 1, granted: false });
  const candidate = after(
    node(),
    { type: "campaign" },
    from(2, { type: "preVoteResponse", term: 1, round: 1, granted: true }),
    { type: "persisted", upTo: 1 },
    refuses(2),
  );
  expect(candidate.role).toBe("candidate");
  expect(turnOf(candidate, refuses(3)).effects).toEqual([
    { type: "roleChanged", role: "follower", term: 1, leader: null },
  ]);
});

test("a learner forgets a leader that it hears no more of, and says so once", () => {
  const learner = after(startNode({ id: 1, voters: [2, 3], learners: [1], seed: 1 }), leads(2, 1));
  expect(learner.leader).toBe(2);
  const lonely = after(learner, ...ticks(learner.electionTimeout - 1));
  expect(lonely.leader).toBe(2);
  expect(turnOf(lonely, { type: "tick" }).effects).toEqual([
    { type: "roleChanged", role: "follower", term: 1, leader: null },
  ]);
  const forgotten = after(lonely, { type: "tick" });
  expect(turnOf(after(forgotten, ...ticks(100)), { type: "tick" }).effects).toEqual([]);
});

test("a leader is defended for as long as it may be silent, and no longer", () => {
  const asked = from(3, { type: "preVoteRequest", term: 2, round: 7, lastIndex: 0, lastTerm: 0 });
  const granted = (waited: number) => {
    const [answer] = turnOf(after(node(), leads(2, 1), ...ticks(waited)), asked).effects;
    return answer?.type === "send" && answer.message.type === "preVoteResponse" && answer.message.granted;
  };
  const { electionTicks } = node().options;
  expect([granted(electionTicks - 1), granted(electionTicks)]).toEqual([false, true]);
});

test("reads that come while a round is on its way share the next", () => {
  const first = turnOf(leader(), { type: "read", id: "one" });
  expect(first.effects.map(({ type }) => type)).toEqual(["send", "send"]);
  const asked = after(leader(), { type: "read", id: "one" });
  expect(turnOf(asked, { type: "read", id: "two" }).effects).toEqual([]);
  const both = after(asked, { type: "read", id: "two" }, { type: "read", id: "three" });
  const answers = (sender: number, read: number) =>
    from(sender, { type: "heartbeatResponse", term: 1, read });
  expect(turnOf(both, answers(2, 1)).effects.map(({ type }) => type)).toEqual(["send", "send", "readReady"]);
  expect(turnOf(after(both, answers(2, 1)), answers(3, 2)).effects).toMatchObject([
    { type: "readReady", id: "two" },
    { type: "readReady", id: "three" },
  ]);
});
