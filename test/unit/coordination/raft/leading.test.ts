import { describe, expect, test } from "vitest";
import type { RaftEffect, RaftInput } from "../../../../coordination/raft/io.ts";
import { raftStep } from "../../../../coordination/raft/step.ts";
import type { RaftState } from "../../../../coordination/raft/state.ts";
import type { RaftOptions, Stored } from "../../../../coordination/raft/types.ts";
import { after, command, from, leader, node, stored, turnOf } from "./turns.ts";

const propose = (data = "d"): RaftInput => ({ type: "propose", commands: [{ id: "c", data }] });
const accepted = (sender: number, match: number) => from(sender, { type: "appendAccepted", term: 1, match });
const rejected = (sender: number, prevIndex: number, hintIndex: number) =>
  from(sender, { type: "appendRejected", term: 1, prevIndex, hintIndex, hintTerm: 1 });

/** Messages to one node, as type and, for appends, how many entries. */
const sentTo = (to: number, effects: readonly RaftEffect[]): readonly string[] =>
  effects.flatMap((effect) => {
    if (effect.type === "sendChunk" && effect.to === to) return [`chunk from ${effect.offset}`];
    if (effect.type !== "send" || effect.message.to !== to) return [];
    const { message } = effect;
    return [message.type === "appendRequest" ? `${message.entries.length} entries` : message.type];
  });

const effectsOf = (state: RaftState, input: RaftInput): readonly RaftEffect[] =>
  raftStep(state, input).effects;

const peer = (state: RaftState, id: number) => state.progress.find((one) => one.id === id);

/** Just elected with this on its disk: nobody has answered yet. */
const elected = (disk?: Stored, options: Partial<RaftOptions> = {}): RaftState => {
  const term = (disk?.hardState.term ?? 0) + 1;
  return after(
    node(disk, options),
    { type: "campaign" },
    from(2, { type: "preVoteResponse", term, round: 1, granted: true }),
    { type: "persisted", upTo: 1 },
    from(2, { type: "voteResponse", term, granted: true }),
  );
};

describe("what a leader knows of the others", () => {
  test("begins anew with each office, whatever an earlier one taught", () => {
    const taught = after(leader(), propose(), accepted(2, 2));
    const again = after(
      taught,
      from(3, { type: "heartbeat", term: 2, commit: 0, read: 0 }),
      { type: "campaign" },
      from(2, { type: "preVoteResponse", term: 3, round: 3, granted: true }),
      from(2, { type: "voteResponse", term: 3, granted: true }),
      { type: "persisted", upTo: 5 },
    );
    expect(again).toMatchObject({ role: "leader", term: 3 });
    expect(again.progress).toMatchObject([
      { id: 2, match: 0, mode: "probe" },
      { id: 3, match: 0, mode: "probe" },
    ]);
  });

  test("stays when the members change", () => {
    const grown = after(leader(), { type: "changeMembers", id: "m", voters: [1, 2, 3, 4], learners: [] });
    expect(grown.progress).toMatchObject([
      { id: 2, match: 1 },
      { id: 3, match: 1 },
      { id: 4, match: 0 },
    ]);
  });

  test("is not what somebody claims to have beyond our log, or had in another term", () => {
    expect(turnOf(leader(), accepted(2, 9))).toEqual({ changes: {}, effects: [] });
    const old = from(2, { type: "appendAccepted", term: 0, match: 1 });
    expect(turnOf(elected(), old)).toEqual({ changes: {}, effects: [] });
    const answer = from(2, { type: "heartbeatResponse", term: 0, read: 9 });
    expect(turnOf(after(leader(), { type: "read", id: "r" }), answer)).toEqual({ changes: {}, effects: [] });
  });

  test("does not go back for a refusal that comes late", () => {
    expect(turnOf(leader(), rejected(2, 0, 0))).toEqual({ changes: {}, effects: [] });
    const probing = after(elected(stored(0, null, 0, 0, 0)), rejected(2, 3, 1));
    expect(peer(probing, 2)).toMatchObject({ next: 2, mode: "probe" });
    expect(turnOf(probing, rejected(2, 3, 0))).toEqual({ changes: {}, effects: [] });
  });
});

describe("the flow to one member", () => {
  test("is one append at a time until one is accepted", () => {
    expect(sentTo(2, effectsOf(elected(), propose()))).toEqual([]);
    expect(sentTo(2, effectsOf(after(elected(), propose()), accepted(2, 1)))).toEqual(["1 entries"]);
  });

  test("is bounded in number: an acknowledgement makes room for what it acknowledges, and no more", () => {
    const full = after(leader({ inFlightAppendsMax: 2 }), propose(), propose());
    expect(sentTo(2, effectsOf(full, propose()))).toEqual([]);
    const room = after(full, accepted(2, 2));
    expect(peer(room, 2)?.inFlight.map(({ last }) => last)).toEqual([3]);
  });

  test("is bounded in size", () => {
    const full = after(leader({ inFlightCharsMax: 50 }), propose("x".repeat(50)));
    expect(sentTo(2, effectsOf(full, propose()))).toEqual([]);
    expect(sentTo(2, effectsOf(after(full, propose()), accepted(2, 2)))).toContain("1 entries");
  });

  test("tells a member that was probed of what was committed meanwhile", () => {
    const committed = after(elected(), { type: "persisted", upTo: 2 }, accepted(2, 1));
    expect(committed.commit).toBe(1);
    expect(effectsOf(committed, accepted(3, 1))).toMatchObject([
      { type: "send", message: { to: 3, entries: [], commit: 1 } },
    ]);
  });
});

describe("a snapshot that a member needs", () => {
  // Node 3 says nothing while nodes 1 and 2 commit, until its next entry is not in the log any more.
  const commitOne = (state: RaftState, index: number): RaftState =>
    after(
      state,
      propose(),
      { type: "persisted", upTo: state.lastWrite + 1 },
      accepted(2, index),
      { type: "applied", index },
      { type: "snapshotTaken", index, length: 8 },
    );
  const ahead = [2, 3, 4].reduce(
    commitOne,
    leader({ snapshotEvery: 2, trailingEntries: 0, chunkCharsMax: 4 }),
  );
  const behind = after(ahead, rejected(3, 4, 1));

  test("is sent as soon as it is known to be needed, and no appends with it", () => {
    expect(ahead.log.base).toBeGreaterThan(1);
    expect(sentTo(3, effectsOf(ahead, rejected(3, 4, 1)))).toEqual(["chunk from 0"]);
    expect(sentTo(3, effectsOf(behind, propose()))).toEqual([]);
  });

  test("is not replaced while it is on its way", () => {
    const on = [5, 6, 7].reduce(commitOne, behind);
    expect(on.snapshot?.index).toBe(behind.snapshot?.index);
    expect(on.taking).toBeNull();
  });

  test("goes on where it was when nothing comes back", () => {
    const index = behind.snapshot?.index ?? 0;
    let state = after(behind, from(3, { type: "snapshotWanted", term: 1, index, offset: 4 }));
    const chunks: string[] = [];
    for (let tick = 0; tick < state.options.electionTicks; tick += 1) {
      const turn = raftStep(state, { type: "tick" });
      chunks.push(...sentTo(3, turn.effects).filter((sent) => sent.startsWith("chunk")));
      state = turn.state;
    }
    expect(chunks).toEqual(["chunk from 4"]);
  });

  test("is not begun anew for an acknowledgement from before it", () => {
    expect(behind.log.base).toBeGreaterThan(1);
    expect(sentTo(3, effectsOf(behind, accepted(3, 1)))).toEqual([]);
    expect(peer(after(behind, accepted(3, 1)), 3)).toMatchObject({ mode: "snapshot" });
  });

  test("is not begun for one that does not answer", () => {
    const quiet = {
      ...ahead,
      progress: ahead.progress.map((one) =>
        one.id === 3 ? { ...one, mode: "probe" as const, next: 1, active: false } : one,
      ),
    };
    expect(sentTo(3, effectsOf(quiet, propose()))).toEqual([]);
  });
});

describe("a leader refuses", () => {
  test("commands while what it inherited is not committed", () => {
    const full = elected(stored(0, null, 0, 0), { uncommittedCharsMax: 100 });
    expect(effectsOf(full, propose("x".repeat(30)))).toMatchObject([{ reason: "uncommittedLogFull" }]);
  });

  test("reads beyond its bound", () => {
    const full = after(leader({ readsMax: 1 }), { type: "read", id: "one" });
    expect(effectsOf(full, { type: "read", id: "two" })).toMatchObject([
      { type: "rejected", id: "two", reason: "tooManyReads" },
    ]);
  });

  test.each([
    ["nobody votes", [], []],
    ["somebody votes twice", [1, 2, 2], []],
    ["a voter learns", [1, 2], [2]],
    ["an id is none", [1, 0], []],
  ])("members of which %s", (_, voters, learners) => {
    expect(effectsOf(leader(), { type: "changeMembers", id: "m", voters, learners })).toMatchObject([
      { type: "rejected", id: "m", reason: "invalid" },
    ]);
  });
});

test("a leader takes a command that is larger than its bound while nothing else waits", () => {
  const small = leader({ uncommittedCharsMax: 10 });
  expect(effectsOf(small, propose("x".repeat(100))).at(-1)).toMatchObject({ type: "accepted" });
  expect(effectsOf(after(small, propose("x".repeat(100))), propose())).toMatchObject([
    { reason: "uncommittedLogFull" },
  ]);
});

test("a snapshot is asked for once its entries are applied, and not when they are committed", () => {
  const committed = after(leader({ snapshotEvery: 2 }), propose(), accepted(2, 2), accepted(3, 2));
  expect(committed).toMatchObject({ commit: 2, applying: 1, taking: null });
  expect(effectsOf(committed, { type: "persisted", upTo: 3 })).toMatchObject([
    { type: "apply" },
    { type: "takeSnapshot", snapshot: { index: 2 } },
  ]);
});

test("what tells a new term waits until it is on disk", () => {
  const heartbeat = from(2, { type: "heartbeat", term: 1, commit: 0, read: 0 });
  const early = { type: "appendRequest", prevIndex: 7, prevTerm: 1, entries: [], commit: 0 } as const;
  for (const input of [heartbeat, from(2, { ...early, term: 1 })])
    expect(effectsOf(node(), input).slice(0, 2)).toMatchObject([
      { type: "persist", write: { token: 1, hardState: { term: 1 } } },
      { type: "send", after: 1 },
    ]);
});

test("a heartbeat commits no more than the log holds", () => {
  const state = node(stored(1, null, 1, 1));
  expect(after(state, from(2, { type: "heartbeat", term: 1, commit: 9, read: 0 })).commit).toBe(2);
});

describe("what is on its way to a follower", () => {
  const propositions = (count: number, chars: number): RaftInput => ({
    type: "propose",
    commands: Array.from({ length: count }, (_, at) => ({ id: `c${at}`, data: "x".repeat(chars) })),
  });
  const charsOn = (state: RaftState): number =>
    (peer(state, 2)?.inFlight ?? []).reduce((sum, { chars }) => sum + chars, 0);

  test("stays within its bound, though a batch alone would go beyond it", () => {
    const busy = after(leader({ inFlightCharsMax: 300, appendCharsMax: 5000 }), propositions(40, 60));
    expect(charsOn(busy)).toBeGreaterThan(150);
    expect(charsOn(busy)).toBeLessThanOrEqual(300);
    expect(charsOn(after(busy, propositions(1, 60)))).toBeLessThanOrEqual(300);
  });

  test("goes beyond it only for one entry that is larger", () => {
    const state = leader({ inFlightCharsMax: 300, appendCharsMax: 100 });
    expect(peer(after(state, propositions(2, 1000)), 2)?.inFlight).toHaveLength(1);
  });
});

test("a follower that has lost what it acknowledged is asked again only after a heartbeat", () => {
  const probing = after(leader(), propose(), accepted(3, 2), propose(), propose(), rejected(3, 3, 0));
  expect(peer(probing, 3)).toMatchObject({ mode: "probe", match: 2, next: 3 });
  const turn = raftStep(probing, rejected(3, 2, 0));
  expect(sentTo(3, turn.effects)).toEqual([]);
  const asked = effectsOf(turn.state, from(3, { type: "heartbeatResponse", term: 1, read: 0 }));
  expect(sentTo(3, asked)).toEqual(["2 entries"]);
});

test("a snapshot that was on its way when its receiver was elected is not taken over any more", () => {
  const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
  const entries = [1, 2, 3, 4].map((index) => command(index, 1));
  const chosen = after(
    node(),
    from(2, {
      type: "snapshotChunk",
      term: 1,
      snapshot: { index: 3, term: 1, members, length: 3 },
      offset: 0,
      data: "abc",
      done: true,
    }),
    from(3, { type: "appendRequest", term: 2, prevIndex: 0, prevTerm: 0, entries, commit: 0 }),
    { type: "campaign" },
    from(3, { type: "preVoteResponse", term: 3, round: 1, granted: true }),
    { type: "persisted", upTo: 2 },
    from(3, { type: "voteResponse", term: 3, granted: true }),
  );
  const asWas = after(chosen, { type: "persisted", upTo: 3 });
  expect(asWas.role).toBe("leader");
  const late = after(asWas, { type: "snapshotStored", index: 3, term: 1 }, { type: "persisted", upTo: 4 });
  const settled = after(late, from(3, { type: "appendAccepted", term: 3, match: 5 }));
  expect(settled).toMatchObject({ commit: 5, uncommittedChars: 0 });
});
