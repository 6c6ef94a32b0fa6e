import { describe, expect, test } from "vitest";
import type { RaftEffect } from "../../../../coordination/raft/io.ts";
import { raftStep } from "../../../../coordination/raft/step.ts";
import type { DurableWrite, Entry } from "../../../../coordination/raft/types.ts";
import { after, command, from, leader, node, stored, turnOf } from "./turns.ts";

const write = (token: number, write: Partial<DurableWrite>): RaftEffect => ({
  type: "persist",
  write: { token, hardState: null, snapshot: null, truncateFrom: null, entries: [], ...write },
});

const log = (...entries: readonly Entry[]) => ({ base: 0, baseTerm: 0, entries });

const noop: Entry = { index: 1, term: 1, payload: { type: "noop", leader: 1 } };

const asksVote = (sender: number, term: number) =>
  from(sender, { type: "voteRequest", term, lastIndex: 0, lastTerm: 0, transfer: false });

const append = (entries: readonly Entry[], commit: number, [prevIndex, prevTerm, term] = [0, 0, 1]) =>
  from(2, { type: "appendRequest", term, prevIndex, prevTerm, entries, commit });

const answersVote = (sender: number, after: number | null, granted = true, term = 1): RaftEffect => ({
  type: "send",
  message: { type: "voteResponse", from: 1, to: sender, term, granted },
  after,
});

const accepts = (match: number, after: number | null, term = 1): RaftEffect => ({
  type: "send",
  message: { type: "appendAccepted", from: 1, to: 2, term, match },
  after,
});

describe("a vote", () => {
  test("waits for the disk, with the term that it is for", () => {
    expect(turnOf(node(), asksVote(2, 1))).toEqual({
      changes: {
        term: 1,
        vote: 2,
        draws: 3,
        electionTimeout: 17,
        lastWrite: 1,
        lastHardWrite: 1,
        writes: [{ token: 1, last: 0 }],
      },
      effects: [
        write(1, { hardState: { term: 1, vote: 2 } }),
        answersVote(2, 1),
        { type: "roleChanged", role: "follower", term: 1, leader: null },
      ],
    });
  });

  test("that is asked for again still waits for the first write, and for none once that is done", () => {
    const voted = after(node(), asksVote(2, 1));
    expect(turnOf(voted, asksVote(2, 1)).effects).toEqual([answersVote(2, 1)]);
    const durable = after(voted, { type: "persisted", upTo: 1 });
    expect(turnOf(durable, asksVote(2, 1)).effects).toEqual([answersVote(2, null)]);
  });

  test("is refused to a second candidate, and the refusal waits as well: it tells our term", () => {
    const voted = after(node(), asksVote(2, 1));
    expect(turnOf(voted, asksVote(3, 1))).toEqual({ changes: {}, effects: [answersVote(3, 1, false)] });
  });

  test("is written down even where the term is known", () => {
    expect(turnOf(node(stored(1, null)), asksVote(2, 1)).effects).toEqual([
      write(1, { hardState: { term: 1, vote: 2 } }),
      answersVote(2, 1),
    ]);
  });

  test("for a later term replaces it", () => {
    const voted = after(node(), asksVote(2, 1));
    expect(turnOf(voted, asksVote(3, 2)).effects).toEqual([
      write(2, { hardState: { term: 2, vote: 3 } }),
      answersVote(3, 2, true, 2),
      { type: "roleChanged", role: "follower", term: 2, leader: null },
    ]);
  });
});

describe("an append", () => {
  test("is acknowledged once it is on disk, and applied not before", () => {
    const took = after(node(), append([command(1, 1)], 1));
    expect(turnOf(node(), append([command(1, 1)], 1))).toEqual({
      changes: {
        term: 1,
        leader: 2,
        log: log(command(1, 1)),
        commit: 1,
        draws: 2,
        lastWrite: 1,
        lastHardWrite: 1,
        writes: [{ token: 1, last: 1 }],
      },
      effects: [
        write(1, { hardState: { term: 1, vote: null }, entries: [command(1, 1)] }),
        accepts(1, 1),
        { type: "roleChanged", role: "follower", term: 1, leader: 2 },
      ],
    });
    expect(turnOf(took, { type: "persisted", upTo: 1 })).toEqual({
      changes: { persisted: 1, stable: 1, writes: [], applying: 1 },
      effects: [{ type: "apply", entries: [command(1, 1)] }],
    });
  });

  test.each([
    ["begin too late", [command(2, 1)]],
    ["have a gap", [command(1, 1), command(3, 1)]],
    ["stand still", [command(1, 1), command(1, 1)]],
  ])("whose entries %s is no append", (_, entries) => {
    expect(after(node(), append(entries, 9)).log.length).toBe(0);
  });

  test("that comes again is not written again, and its answer waits for the write that is on its way", () => {
    const took = after(node(), append([command(1, 1)], 0));
    expect(turnOf(took, append([command(1, 1)], 0))).toEqual({ changes: {}, effects: [accepts(1, 1)] });
  });

  test("that is shorter than the log cuts nothing", () => {
    const long = after(node(stored(1, null, 1, 1, 1)), append([], 0));
    expect(turnOf(long, append([command(1, 1)], 0))).toEqual({ changes: {}, effects: [accepts(1, null)] });
  });

  test("that conflicts cuts from the conflict on, in one write with what replaces it", () => {
    const conflict = append([command(2, 2)], 0, [1, 1, 2]);
    expect(turnOf(node(stored(2, null, 1, 1, 1)), conflict)).toEqual({
      changes: {
        leader: 2,
        log: log(command(1, 1), command(2, 2)),
        stable: 1,
        draws: 2,
        lastWrite: 1,
        writes: [{ token: 1, last: 2 }],
      },
      effects: [
        write(1, { truncateFrom: 2, entries: [command(2, 2)] }),
        accepts(2, 1, 2),
        { type: "roleChanged", role: "follower", term: 2, leader: 2 },
      ],
    });
  });

  test("cut off while its write is on its way makes nothing stable that is gone", () => {
    const state = after(
      node(),
      append([command(1, 1), command(2, 1), command(3, 1)], 0),
      append([command(2, 2)], 0, [1, 1, 2]),
    );
    expect(turnOf(state, { type: "persisted", upTo: 1 }).changes).toEqual({
      persisted: 1,
      stable: 1,
      writes: [{ token: 2, last: 2 }],
    });
  });

  test("whose predecessor is another is refused with the last place that may agree", () => {
    expect(turnOf(node(stored(4, null, 1, 2, 2, 4)), append([], 0, [4, 3, 4])).effects).toEqual([
      {
        type: "send",
        message: { type: "appendRejected", from: 1, to: 2, term: 4, prevIndex: 4, hintIndex: 3, hintTerm: 2 },
        after: null,
      },
      { type: "roleChanged", role: "follower", term: 4, leader: 2 },
    ]);
  });

  test("commits no more than it brought", () => {
    const state = node(stored(1, null, 1, 1, 1));
    expect(after(state, append([command(2, 1)], 9, [1, 1, 1])).commit).toBe(2);
    expect(after(state, append([], 9)).commit).toBe(0);
  });

  test("from before what is committed is answered by how far that is, for no leader has another log there", () => {
    const committed = after(node(stored(1, null, 1, 1, 1)), append([], 2, [2, 1, 1]));
    expect(turnOf(committed, append([command(1, 1)], 2)).effects).toEqual([accepts(2, null)]);
  });

  test("of an old term is answered by the newer one, and no more", () => {
    expect(turnOf(node(stored(5, null)), append([command(1, 1)], 1))).toEqual({
      changes: {},
      effects: [
        {
          type: "send",
          message: { type: "heartbeatResponse", from: 1, to: 2, term: 5, read: 0 },
          after: null,
        },
      ],
    });
  });
});

describe("a proposal", () => {
  const proposal = { type: "propose", commands: [{ id: "c2", data: "d2" }] } as const;
  const sends = (to: number, entries: readonly Entry[], prevIndex: number, commit: number): RaftEffect => ({
    type: "send",
    message: { type: "appendRequest", from: 1, to, term: 1, prevIndex, prevTerm: 1, entries, commit },
    after: null,
  });
  const ack = (sender: number) => from(sender, { type: "appendAccepted", term: 1, match: 2 });

  test("leaves for the others while it is on its way to our own disk", () => {
    const { changes, effects } = turnOf(leader(), proposal);
    expect(effects).toEqual([
      write(3, { entries: [command(2, 1)] }),
      sends(2, [command(2, 1)], 1, 1),
      sends(3, [command(2, 1)], 1, 1),
      { type: "accepted", ids: ["c2"], index: 2, term: 1 },
    ]);
    expect(changes).toMatchObject({ log: log(noop, command(2, 1)), writes: [{ token: 3, last: 2 }] });
    expect(Object.keys(changes).sort()).toEqual([
      "lastWrite",
      "log",
      "progress",
      "uncommittedChars",
      "writes",
    ]);
  });

  test("is not committed by one other and a write on its way, but by the write's end", () => {
    const acked = after(leader(), proposal);
    expect(turnOf(acked, ack(2))).toEqual({ changes: { progress: expect.anything() }, effects: [] });
    expect(turnOf(after(acked, ack(2)), { type: "persisted", upTo: 3 })).toEqual({
      changes: { commit: 2, applying: 2, persisted: 3, stable: 2, writes: [], uncommittedChars: 0 },
      effects: [sends(2, [], 2, 2), sends(3, [], 2, 2), { type: "apply", entries: [command(2, 1)] }],
    });
  });

  test("is committed by both others without our own disk, and applied with it", () => {
    const acked = after(leader(), proposal, ack(2));
    expect(turnOf(acked, ack(3)).effects).toEqual([sends(2, [], 2, 2), sends(3, [], 2, 2)]);
    expect(turnOf(after(acked, ack(3)), { type: "persisted", upTo: 3 }).effects).toEqual([
      { type: "apply", entries: [command(2, 1)] },
    ]);
  });

  test("of several commands is taken or refused as a whole", () => {
    const many = {
      type: "propose",
      commands: [
        { id: "a", data: "" },
        { id: "b", data: "12345" },
      ],
    } as const;
    expect(turnOf(leader({ commandCharsMax: 4 }), many)).toEqual({
      changes: {},
      effects: ["a", "b"].map((id) => ({ type: "rejected", id, reason: "tooLarge", leader: 1 })),
    });
    expect(turnOf(leader(), many).effects.at(-1)).toEqual({
      type: "accepted",
      ids: ["a", "b"],
      index: 2,
      term: 1,
    });
  });

  test("is measured by its id too", () => {
    const long = { type: "propose", commands: [{ id: "12345", data: "" }] } as const;
    expect(turnOf(leader({ commandCharsMax: 4 }), long).effects).toMatchObject([{ reason: "tooLarge" }]);
    expect(turnOf(leader({ commandCharsMax: 5 }), long).effects.at(-1)).toMatchObject({ type: "accepted" });
  });

  test("of nothing does nothing", () => {
    expect(turnOf(leader(), { type: "propose", commands: [] })).toEqual({ changes: {}, effects: [] });
  });

  test("at another node is refused with the leader that it knows", () => {
    expect(turnOf(after(node(), append([], 0)), proposal)).toEqual({
      changes: {},
      effects: [{ type: "rejected", id: "c2", reason: "notLeader", leader: 2 }],
    });
  });
});

describe("an election", () => {
  test("begins with a question that changes nothing on disk", () => {
    const asks = (to: number): RaftEffect => ({
      type: "send",
      message: { type: "preVoteRequest", from: 1, to, term: 1, round: 1, lastIndex: 0, lastTerm: 0 },
      after: null,
    });
    expect(turnOf(node(), { type: "campaign" })).toEqual({
      changes: { role: "preCandidate", round: 1, votes: [{ from: 1, granted: true }], draws: 2 },
      effects: [asks(2), asks(3), { type: "roleChanged", role: "preCandidate", term: 0, leader: null }],
    });
  });

  test("is won by a quorum of which our own disk may be the last", () => {
    const candidate = after(
      node(),
      { type: "campaign" },
      from(2, { type: "preVoteResponse", term: 1, round: 1, granted: true }),
    );
    expect(candidate).toMatchObject({ role: "candidate", term: 1, vote: 1, votes: [] });
    const granted = after(candidate, from(2, { type: "voteResponse", term: 1, granted: true }));
    expect(granted.role).toBe("candidate");
    expect(turnOf(granted, { type: "persisted", upTo: 1 })).toMatchObject({
      changes: { role: "leader", leader: 1, log: log(noop), writes: [{ token: 2, last: 1 }] },
      effects: [
        write(2, { entries: [noop] }),
        { type: "send", message: { type: "appendRequest", to: 2, entries: [noop] }, after: null },
        { type: "send", message: { type: "appendRequest", to: 3, entries: [noop] }, after: null },
        { type: "roleChanged", role: "leader", term: 1, leader: 1 },
      ],
    });
  });

  test("is not won by an older write's end: the vote itself must be on disk", () => {
    const candidate = after(
      node(),
      append([command(1, 1)], 0),
      { type: "campaign" },
      from(2, { type: "preVoteResponse", term: 2, round: 1, granted: true }),
      from(2, { type: "voteResponse", term: 2, granted: true }),
      { type: "persisted", upTo: 1 },
    );
    expect(candidate).toMatchObject({ role: "candidate", votes: [{ from: 2, granted: true }] });
    expect(after(candidate, { type: "persisted", upTo: 2 }).role).toBe("leader");
  });

  test("asks for votes only with the own vote on disk", () => {
    const { effects } = turnOf(
      after(node(), { type: "campaign" }),
      from(2, { type: "preVoteResponse", term: 1, round: 1, granted: true }),
    );
    const asks = (to: number): RaftEffect => ({
      type: "send",
      message: { type: "voteRequest", from: 1, to, term: 1, lastIndex: 0, lastTerm: 0, transfer: false },
      after: 1,
    });
    expect(effects).toEqual([
      write(1, { hardState: { term: 1, vote: 1 } }),
      asks(2),
      asks(3),
      { type: "roleChanged", role: "candidate", term: 1, leader: null },
    ]);
  });
});

describe("time", () => {
  test("brings a follower to its timeout, and to no election before", () => {
    const ticks = (count: number) => Array.from({ length: count }, () => ({ type: "tick" }) as const);
    const { electionTimeout } = node();
    expect(after(node(), ...ticks(electionTimeout - 1)).role).toBe("follower");
    expect(after(node(), ...ticks(electionTimeout)).role).toBe("preCandidate");
  });

  test("lets a leader tell each follower what surely agrees", () => {
    const ahead = after(
      leader(),
      { type: "propose", commands: [{ id: "c2", data: "d2" }] },
      { type: "persisted", upTo: 3 },
    );
    const heartbeat = (to: number, commit: number): RaftEffect => ({
      type: "send",
      message: { type: "heartbeat", from: 1, to, term: 1, commit, read: 0 },
      after: null,
    });
    const committed = after(ahead, from(2, { type: "appendAccepted", term: 1, match: 2 }));
    expect(turnOf(committed, { type: "tick" })).toEqual({
      changes: { electionElapsed: 1 },
      effects: [heartbeat(2, 2), heartbeat(3, 1)],
    });
  });
});

describe("a report of the disk", () => {
  test.each([
    ["of what was known", 2],
    ["of what was never asked for", 9],
    ["of no number", Number.NaN],
  ])("%s changes nothing", (_, upTo) => {
    expect(turnOf(leader(), { type: "persisted", upTo })).toEqual({ changes: {}, effects: [] });
  });
});

describe("a snapshot", () => {
  const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
  const meta = { index: 5, term: 1, members, length: 4 };
  const chunk = (offset: number, data: string, done: boolean) =>
    from(2, { type: "snapshotChunk", term: 1, snapshot: meta, offset, data, done });
  const follower = after(node(), append([], 0), { type: "persisted", upTo: 1 });
  const whole = after(follower, chunk(0, "ab", false), chunk(2, "cd", true));

  test("is put aside part by part, and the next is asked for", () => {
    expect(turnOf(follower, chunk(0, "ab", false))).toEqual({
      changes: { receiving: { from: 2, term: 1, snapshot: meta, offset: 2, complete: false } },
      effects: [
        {
          type: "send",
          message: { type: "snapshotWanted", from: 1, to: 2, term: 1, index: 5, offset: 2 },
          after: null,
        },
        { type: "stage", snapshot: meta, offset: 0, data: "ab", done: false },
      ],
    });
  });

  test("is acknowledged and restored once it has taken the log's place on disk", () => {
    const stage = { type: "stage", snapshot: meta, offset: 2, data: "cd", done: true };
    expect(turnOf(after(follower, chunk(0, "ab", false)), chunk(2, "cd", true)).effects).toEqual([stage]);
    const replaced = turnOf(whole, { type: "snapshotStored", index: 5, term: 1 });
    expect(replaced.effects).toEqual([write(2, { snapshot: meta }), accepts(5, 2)]);
    expect(replaced.changes).toMatchObject({
      commit: 5,
      snapshot: meta,
      log: { base: 5, baseTerm: 1, entries: [] },
    });
    const waiting = after(whole, { type: "snapshotStored", index: 5, term: 1 });
    expect(turnOf(waiting, { type: "persisted", upTo: 2 }).effects).toEqual([
      { type: "restore", snapshot: meta },
    ]);
    expect(after(waiting, { type: "persisted", upTo: 2 }, { type: "applied", index: 5 })).toMatchObject({
      applied: 5,
      applying: 5,
      stable: 5,
    });
  });

  test("that the store reports and nobody waits for changes nothing", () => {
    expect(turnOf(whole, { type: "snapshotStored", index: 4, term: 1 })).toEqual({
      changes: {},
      effects: [],
    });
    expect(turnOf(follower, { type: "snapshotStored", index: 5, term: 1 })).toEqual({
      changes: {},
      effects: [],
    });
  });

  test("of our own is asked for when it is due, and shortens the log once it is stored", () => {
    const due = after(leader({ snapshotEvery: 2, trailingEntries: 1 }), {
      type: "propose",
      commands: [{ id: "c2", data: "d2" }],
    });
    const committed = after(due, { type: "persisted", upTo: 3 });
    const { effects } = turnOf(committed, from(2, { type: "appendAccepted", term: 1, match: 2 }));
    expect(effects.at(-1)).toEqual({ type: "takeSnapshot", snapshot: { index: 2, term: 1, members } });
    const taking = after(committed, from(2, { type: "appendAccepted", term: 1, match: 2 }));
    expect(turnOf(taking, { type: "snapshotTaken", index: 2, length: 7 })).toEqual({
      changes: {
        taking: null,
        snapshot: { index: 2, term: 1, members, length: 7 },
        history: [{ index: 1, members }],
        log: { base: 1, baseTerm: 1, entries: [command(2, 1)] },
      },
      effects: [{ type: "compact", upTo: 1 }],
    });
    expect(turnOf(taking, { type: "snapshotTaken", index: 1, length: 7 })).toEqual({
      changes: {},
      effects: [],
    });
  });
});

test("a report of the state machine that comes late, or tells too much, changes no more than it may", () => {
  expect(turnOf(leader(), { type: "applied", index: 0 }).changes).toEqual({});
  expect(turnOf(leader(), { type: "applied", index: Number.NaN }).changes).toEqual({});
  expect(after(leader(), { type: "applied", index: 9 }).applied).toBe(1);
});

test("a step leaves the state that it was given as it was", () => {
  const before = leader();
  const copy = JSON.stringify(turnOf(before, { type: "tick" }));
  raftStep(before, { type: "propose", commands: [{ id: "x", data: "y" }] });
  raftStep(before, { type: "campaign" });
  raftStep(before, asksVote(2, 9));
  expect(JSON.stringify(turnOf(before, { type: "tick" }))).toBe(copy);
});
