import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../../../../coordination/protocol/invariant.ts";
import type { RaftInput } from "../../../../coordination/raft/io.ts";
import { allEntries } from "../../../../coordination/raft/log.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";
import type { RaftState } from "../../../../coordination/raft/state.ts";
import { raftStep } from "../../../../coordination/raft/step.ts";
import { command, leader, node, stored } from "./turns.ts";

// Messages in any order, from anybody, late, doubled, with numbers that no replica would send: a node may be led astray by
// lies, but it neither throws anything that is not documented nor loses count.

const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -2, max: 9 }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e300, -1e300) },
);
const members = fc.constant({ voters: [1, 2, 3], outgoing: [], learners: [] });
const entries = fc
  .tuple(number, fc.array(number, { maxLength: 3 }), fc.boolean())
  .map(([first, terms, gap]) => terms.map((term, at) => command(first + at + (gap && at > 0 ? 1 : 0), term)));
const snapshot = fc.record({ index: number, term: number, members, length: number });
const between = { from: fc.integer({ min: 1, max: 5 }), to: fc.constantFrom(1, 1, 1, 2), term: number };

const message: fc.Arbitrary<RaftMessage> = fc.oneof(
  fc.record({
    ...between,
    type: fc.constant("preVoteRequest" as const),
    round: number,
    lastIndex: number,
    lastTerm: number,
  }),
  fc.record({
    ...between,
    type: fc.constant("preVoteResponse" as const),
    round: number,
    granted: fc.boolean(),
  }),
  fc.record({
    ...between,
    type: fc.constant("voteRequest" as const),
    lastIndex: number,
    lastTerm: number,
    transfer: fc.boolean(),
  }),
  fc.record({ ...between, type: fc.constant("voteResponse" as const), granted: fc.boolean() }),
  fc.record({
    ...between,
    type: fc.constant("appendRequest" as const),
    prevIndex: number,
    prevTerm: number,
    entries,
    commit: number,
  }),
  fc.record({ ...between, type: fc.constant("appendAccepted" as const), match: number }),
  fc.record({
    ...between,
    type: fc.constant("appendRejected" as const),
    prevIndex: number,
    hintIndex: number,
    hintTerm: number,
  }),
  fc.record({ ...between, type: fc.constant("heartbeat" as const), commit: number, read: number }),
  fc.record({ ...between, type: fc.constant("heartbeatResponse" as const), read: number }),
  fc.record({
    ...between,
    type: fc.constant("snapshotChunk" as const),
    snapshot,
    offset: number,
    data: fc.string({ maxLength: 4 }),
    done: fc.boolean(),
  }),
  fc.record({ ...between, type: fc.constant("snapshotWanted" as const), index: number, offset: number }),
  fc.record({ ...between, type: fc.constant("timeoutNow" as const) }),
);

const ids = fc.array(number, { maxLength: 4 });
const input: fc.Arbitrary<RaftInput> = fc.oneof(
  { weight: 12, arbitrary: message.map((message) => ({ type: "message" as const, message })) },
  { weight: 2, arbitrary: fc.constant({ type: "tick" as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("persisted" as const), upTo: number }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("applied" as const), index: number }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("propose" as const),
      commands: fc.array(fc.record({ id: fc.string(), data: fc.string() }), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "read" as const, id: "r" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("changeMembers" as const),
      id: fc.constant("m"),
      voters: ids,
      learners: ids,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("transfer" as const), id: fc.constant("t"), to: number }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "campaign" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("snapshotTaken" as const), index: number, length: number }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("snapshotStored" as const), index: number, term: number }),
  },
);

const starts: readonly RaftState[] = [
  node(),
  node(stored(4, null, 1, 1, 2, 4)),
  leader({ snapshotEvery: 2, trailingEntries: 1, commandCharsMax: 3 }),
];

/** Takes inputs until one breaks an invariant, as a host would. */
const walk = (start: RaftState, inputs: readonly RaftInput[]): readonly string[] => {
  const seen: string[] = [];
  let state = start;
  for (const input of inputs) {
    const before = state;
    try {
      const turn = raftStep(state, input);
      state = turn.state;
      seen.push(JSON.stringify([{ ...state, log: allEntries(state.log) }, turn.effects]));
    } catch (error) {
      expect(error).toBeInstanceOf(InvariantError);
      return seen;
    }
    expect(state.term).toBeGreaterThanOrEqual(before.term);
    expect(state.commit).toBeGreaterThanOrEqual(before.commit);
    expect(state.applied).toBeGreaterThanOrEqual(before.applied);
    if (state.term === before.term && before.vote !== null) expect(state.vote).toBe(before.vote);
    for (const count of [state.term, state.commit, state.applied, state.persisted, state.electionTimeout])
      expect(Number.isSafeInteger(count)).toBe(true);
    expect(allEntries(state.log).map(({ index }) => index)).toEqual(
      allEntries(state.log).map((_, at) => state.log.base + 1 + at),
    );
  }
  return seen;
};

test.each(starts.map((start, at) => [at, start] as const))(
  "whatever strangers say to node %i, it counts right, and twice the same",
  (_, start) => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
        expect(walk(start, inputs)).toEqual(walk(start, inputs));
      }),
      { numRuns: 400 },
    );
  },
);
