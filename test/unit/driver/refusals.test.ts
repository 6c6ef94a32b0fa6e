import { describe, expect, test } from "vitest";
import { createSession } from "../../driver/session.ts";

const play = (...ops: readonly object[]) => {
  const session = createSession();
  const replies = ops.map((op) => session.perform(op));
  return { session, replies, last: replies.at(-1) };
};

const three = { op: "create", nodes: [1, 2, 3], seed: 1 };
const elected = [three, { op: "campaign", node: 1 }, { op: "run" }, { op: "tick" }, { op: "run" }];
const manyIds = Array.from({ length: 100 }, (_, at) => at + 5);

describe("the driver", () => {
  test.each([
    ["an operation before there is a cluster", [{ op: "dump" }], "there is no cluster yet"],
    ["what is no operation", [["dump"] as object], "an operation is an object with a name"],
    ["an unknown operation", [three, { op: "explode" }], "there is no op explode"],
    ["an unknown node", [three, { op: "tick", node: 4 }], "there is no node 4; there are 1, 2, 3"],
    ["an unknown node in a group", [three, { op: "partition", groups: [[1, 9]] }], "there is no node 9"],
    ["a missing field", [three, { op: "campaign" }], "campaign: node must be a whole number from 1"],
    ["a proposal of nothing", [three, { op: "propose", node: 1, data: null }], "propose: data must be there"],
    [
      "a message that is not there",
      [three, { op: "deliver", message: 5 }],
      "there is no message 5 on the wire",
    ],
    [
      "a crash of a node that is down",
      [three, { op: "crash", node: 1 }, { op: "crash", node: 1 }],
      "node 1 is down already",
    ],
    ["a restart of a node that is up", [three, { op: "restart", node: 1 }], "node 1 is up already"],
    [
      "work for a node that is down",
      [three, { op: "crash", node: 1 }, { op: "tick", node: 1 }],
      "node 1 is down",
    ],
    [
      "work for a node that is paused",
      [three, { op: "pause", node: 1 }, { op: "tick", node: 1 }],
      "node 1 is paused",
    ],
    ["a request to a leader where none leads", [three, { op: "read" }], "no node leads"],
    [
      "an unknown option",
      [{ ...three, options: { electionTick: 3 } }],
      "options are whole numbers under these names",
    ],
    [
      "no election timeout",
      [{ ...three, options: { electionTicks: 0 } }],
      "create: the option electionTicks",
    ],
    ["more nodes than a reply can show", [{ op: "create", nodes: 1e9 }], "how many there are, up to 100"],
    [
      "an entry of no term",
      [{ ...three, stored: { 1: { log: [0] } } }],
      "log.0 must be a whole number from 1",
    ],
    ["a flag for a node", [three, { op: "tick", node: true }], "tick: node must be a whole number from 1"],
    ["a list for a node", [three, { op: "tick", node: [1] }], "tick: node must be a whole number from 1"],
    ["digits of another kind", [three, { op: "tick", node: "0x1" }], "node must be a whole number from 1"],
    ["no count", [three, { op: "tick", count: null }], "tick: count must be a whole number from 0 to 100000"],
    ["no limit", [three, { op: "run", limit: "" }], "run: limit must be a whole number from 0 to 100000"],
    ["a flag for a cluster", [{ op: "create", nodes: true }], "nodes must be a list of nodes or how many"],
    ["a list for a seed", [{ op: "create", nodes: 1, seed: [] }], "create: seed must be a whole number"],
    [
      "a time-out that no session lives through",
      [{ ...three, options: { electionTicks: 1e9 } }],
      "those of ticks up to 10000",
    ],
    [
      "more ticks than a reply can show the messages of",
      [
        { op: "create", nodes: 100 },
        { op: "tick", count: 101 },
      ],
      "at most 100 at once",
    ],
    [
      "more learners than a reply can show",
      [{ op: "create", nodes: 1, learners: manyIds }],
      "there can be at most 100 nodes",
    ],
    [
      "more new members than a reply can show",
      [three, { op: "change", node: 1, add: manyIds }],
      "there can be at most 100 nodes",
    ],
    [
      "a number that JSON cannot show",
      [three, { op: "propose", node: 1, data: [Number.POSITIVE_INFINITY] }],
      "propose: data must not hold a number beyond all bounds",
    ],
    [
      "data that many readers cannot read",
      [three, { op: "propose", node: 1, data: JSON.parse("[".repeat(102) + "]".repeat(102)) }],
      "propose: data must not be nested deeper than 100",
    ],
    [
      "a command that looks like a change of members",
      [three, { op: "propose", node: 1, data: { members: { voters: [1] } } }],
      "must not be what a log shows for a change",
    ],
    [
      "stored members without a voter",
      [{ ...three, stored: { 1: { log: [[1, { members: { voters: [] } }]] } } }],
      "stored members must have a voter, and no node twice",
    ],
    [
      "a stored member that is named twice",
      [{ ...three, stored: { 1: { log: [[1, { members: { voters: [1], learners: [1] } }]] } } }],
      "stored members must have a voter, and no node twice",
    ],
    [
      "stored members that are none",
      [{ ...three, stored: { 1: { log: [[1, { members: "all" }]] } } }],
      "stored members are lists of nodes",
    ],
    ["a stored entry without its data", [{ ...three, stored: { 1: { log: [[1]] } } }], "log.0"],
    ["a node twice", [{ op: "create", nodes: [1, 1] }], "create: a node is named twice"],
    [
      "a log that cannot be",
      [{ ...three, stored: { 1: { log: [2, 1] } } }],
      "the terms of a stored log must not fall",
    ],
    [
      "a term below the log's",
      [{ ...three, stored: { 1: { term: 1, log: [2] } } }],
      "a stored term is not below",
    ],
  ])("refuses %s in a sentence, and goes on", (_, ops, sentence) => {
    const { session, last } = play(...ops);
    expect(last).toEqual({ ok: false, error: expect.stringContaining(sentence) });
    expect(session.perform(three).ok).toBe(true);
  });

  test.each([
    ["a change at a node that is down", { op: "change", node: 3, add: 4 }],
    ["a change beyond all room", { op: "change", node: 1, add: [4, ...manyIds] }],
    ["a cut that names an unknown node", { op: "block", from: [1, 9], to: 2 }],
    ["an end of a cut that names an unknown node", { op: "unblock", from: [2, 9], to: 1 }],
    ["a cluster of which one node cannot start", { ...three, stored: { 3: { term: 1, log: [2] } } }],
  ])("changes nothing by %s", (_, op) => {
    const lines: string[] = [];
    const session = createSession({ onTrace: (line) => lines.push(line) });
    for (const one of elected) session.perform(one);
    session.perform({ op: "crash", node: 3 });
    session.perform({ op: "block", from: 2, to: 1 });
    const before = session.perform({ op: "dump" });
    const traced = lines.length;
    expect(session.perform(op).ok).toBe(false);
    expect(session.perform({ op: "dump" })).toEqual(before);
    expect(lines).toHaveLength(traced);
    session.perform({ op: "propose", data: "x" });
    expect(session.perform({ op: "run" })).toMatchObject({ delivered: 1, dropped: 2 });
  });

  test("says what is wrong in a few words, however much it is", () => {
    const { replies } = play({ op: "x".repeat(1e6) }, { op: "partition", groups: Array(1e4).fill("x") });
    for (const reply of replies) expect(reply.ok ? "" : reply.error).toMatch(/^.{20,400}$/);
  });

  test("copies no more messages than a reply can show", () => {
    const doublings = Array.from({ length: 16 }, () => ({ op: "duplicate" }));
    const { replies, last } = play(three, { op: "campaign", node: 1 }, ...doublings);
    expect(replies.map(({ ok }) => ok).indexOf(false)).toBe(replies.length - 1);
    expect(last).toMatchObject({ error: "duplicate: not beyond 100000 messages on the wire" });
  });
});
