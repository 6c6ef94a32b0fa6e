import { describe, expect, test } from "vitest";
import { createSession, type Reply } from "../../driver/session.ts";

const play = (...ops: readonly object[]) => {
  const session = createSession();
  const replies = ops.map((op) => session.perform(op));
  return { session, replies, last: replies.at(-1) };
};

const done = (reply: Reply | undefined) => {
  if (reply?.ok !== true) throw new Error(reply?.error ?? "no reply");
  return reply;
};

const three = { op: "create", nodes: [1, 2, 3], seed: 1 };
const elected = [three, { op: "campaign", node: 1 }, { op: "run" }, { op: "tick" }, { op: "run" }];

describe("the driver", () => {
  test("answers with all there is", () => {
    const { last } = play(...elected, { op: "propose", node: 1, data: "x", id: "first" });
    expect(last).toEqual({
      ok: true,
      nodes: [1, 2, 3].map((id) => ({
        id,
        up: true,
        paused: false,
        stalled: false,
        term: 1,
        vote: 1,
        role: id === 1 ? "leader" : "follower",
        leader: 1,
        first: 1,
        log:
          id === 1
            ? [
                [1, null],
                [1, "x"],
              ]
            : [[1, null]],
        commit: 1,
        applied: 1,
        members: { voters: [1, 2, 3], outgoing: [], learners: [] },
        machine: [],
        snapshot: null,
      })),
      messages: [2, 3].map((to) => ({
        id: expect.any(Number),
        from: 1,
        to,
        type: "appendRequest",
        term: 1,
        prevIndex: 1,
        prevTerm: 1,
        entries: [{ index: 2, term: 1, payload: { type: "command", id: "first", data: "x" } }],
        commit: 1,
      })),
      accepted: [{ node: 1, ids: ["first"], index: 2, term: 1 }],
      rejected: [],
      reads: [],
    });
  });

  test("gives the same replies to the same session", () => {
    const ops = [
      ...elected,
      { op: "tick", count: 40 },
      { op: "run" },
      { op: "crash", node: 1 },
      { op: "tick", count: 40 },
    ];
    expect(play(...ops).replies).toEqual(play(...ops).replies);
  });

  test("lets every node know of the terms in stored logs, or a second leader could come up in one", () => {
    const { replies } = play(
      { op: "create", nodes: 3, learners: 4, stored: { 3: { log: [1, [2, "old"]] }, 4: { log: [1] } } },
      { op: "crash", node: 3 },
      { op: "campaign", node: 1 },
      { op: "run" },
    );
    expect(done(replies[0]).nodes.map(({ term }) => term)).toEqual([2, 2, 2, 2]);
    expect(done(replies[3]).nodes[0]).toMatchObject({ role: "leader", term: 3 });
  });

  test("starts new members when they are some, and nobody by a change that is rejected", () => {
    const { session, last } = play(...elected, { op: "change", node: 2, add: 4 });
    expect(last).toMatchObject({ rejected: [{ reason: "notLeader" }] });
    expect(done(last).nodes).toHaveLength(3);
    expect(done(session.perform({ op: "change", node: 1, add: 4 })).nodes).toHaveLength(4);
  });

  test("takes what can only mean one thing", () => {
    const { replies, last } = play(
      { op: "create", nodes: 3, seed: "7", learners: 4 },
      { op: "campaign", node: "1" },
      { op: "run", limit: "500" },
      { op: "propose", data: { a: [1] }, id: 12 },
      { op: "run" },
      { op: "block", from: 1, to: [2, 3] },
      { op: "dump", colour: "blue" },
    );
    expect(replies.filter(({ ok }) => !ok)).toEqual([]);
    expect(done(last).nodes[0]?.log.at(-1)).toEqual([1, { a: [1] }]);
    expect(done(last).nodes[3]?.machine).toEqual([{ a: [1] }]);
  });

  test("takes any text, also what looks like its own mark", () => {
    const texts = ["", "\u0000", '\u0000{"a":1}', "\u0000abc", "\ud800", "null"];
    const { last } = play(...elected, ...texts.map((data) => ({ op: "propose", data })), { op: "run" });
    expect(done(last).nodes[0]?.machine).toEqual(texts);
    expect(done(last).nodes[1]?.log.slice(1)).toEqual(texts.map((text) => [1, text]));
  });

  test("numbers messages over clusters, and never twice", () => {
    const { replies } = play(three, { op: "campaign", node: 1 }, { op: "duplicate", to: 2 }, three, {
      op: "campaign",
      node: 1,
    });
    const ids = replies.map((reply) => done(reply).messages.map(({ id }) => id));
    expect(ids).toEqual([[], [1, 2], [1, 2, 3], [], [4, 5]]);
    expect(replies[2]).toMatchObject({ copies: [3] });
  });

  test("drops what cannot arrive when its delivery is tried, and not before", () => {
    const cut = play(
      three,
      { op: "campaign", node: 1 },
      {
        op: "partition",
        groups: [
          [1, 2],
          [2, 3],
        ],
      },
      { op: "crash", node: 2 },
    );
    expect(done(cut.last).messages.map(({ id }) => id)).toEqual([1, 2]);
    expect(cut.session.perform({ op: "deliver", message: [1, 2] })).toMatchObject({
      delivered: [],
      dropped: [1, 2],
      messages: [],
    });
  });

  test("runs until quiet, up to a limit, and leaves what is excepted or for a paused node", () => {
    const { session } = play(three, { op: "campaign", node: 1 }, { op: "pause", node: 3 });
    expect(session.perform({ op: "run", limit: 1 })).toMatchObject({
      delivered: 1,
      dropped: 0,
      quiet: false,
    });
    expect(session.perform({ op: "run", except: [3] })).toMatchObject({ delivered: 0, quiet: true });
    expect(session.perform({ op: "run" })).toMatchObject({
      quiet: true,
      nodes: [{ role: "leader" }, {}, { term: 0 }],
    });
    expect(session.perform({ op: "resume", node: 3 }).ok).toBe(true);
    expect(session.perform({ op: "run" })).toMatchObject({
      quiet: true,
      messages: [],
      nodes: [{}, {}, { commit: 1 }],
    });
  });

  test("shows of a node that is down what its disk holds", () => {
    const { last } = play(
      ...elected,
      { op: "stall", node: 2 },
      { op: "propose", data: "x" },
      { op: "run" },
      { op: "crash", node: 2 },
    );
    expect(done(last).nodes[1]).toMatchObject({
      up: false,
      role: "follower",
      log: [[1, null]],
      commit: 0,
      machine: [],
    });
  });

  test("lets the leader lapse with those who lost it, and with nobody else", () => {
    const { session } = play(...elected);
    session.perform({ op: "campaign", node: 2 });
    expect(session.perform({ op: "run" })).toMatchObject({
      nodes: [{ role: "leader", term: 1 }, {}, { term: 1 }],
    });
    session.perform({ op: "block", from: 3, to: 1 });
    session.perform({ op: "campaign", node: 2 });
    expect(session.perform({ op: "run" })).toMatchObject({
      nodes: [{}, { role: "leader", term: 2 }, { term: 2 }],
    });
  });

  test("puts the steps of each operation into its reply once asked to", () => {
    const { session, last } = play(three, { op: "trace" }, { op: "campaign", node: 1 });
    expect(done(last).trace).toMatchObject([
      { v: 1, step: 4, cluster: 1, node: 1, input: { type: "campaign" }, sent: [{ id: 1 }, { id: 2 }] },
    ]);
    expect(session.perform({ op: "deliver", message: 1 })).toMatchObject({
      trace: [{ node: 2, input: { message: { id: 1 } } }],
    });
    expect(session.perform({ op: "trace", on: false })).not.toHaveProperty("trace");
  });

  test("traces at a start what the disk holds, also a write of which the node had not heard", () => {
    const { session, replies } = play(
      ...elected,
      { op: "stall", node: 1 },
      { op: "propose", node: 1, data: "x" },
      { op: "pause", node: 1 },
      { op: "unstall", node: 1 },
      { op: "crash", node: 1 },
      { op: "trace" },
    );
    expect(replies.every(({ ok }) => ok)).toBe(true);
    const stored = {
      hardState: { term: 1, vote: 1 },
      snapshot: null,
      entries: [
        { index: 1, term: 1 },
        { index: 2, term: 1, payload: { type: "command", data: "x" } },
      ],
    };
    expect(session.perform({ op: "restart", node: 1 })).toMatchObject({
      trace: [{ node: 1, input: { type: "start", stored }, last: [1, 2], durable: 0 }],
    });
  });
});
