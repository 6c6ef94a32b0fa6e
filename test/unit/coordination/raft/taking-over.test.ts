import { expect, test } from "vitest";
import type { RaftInput } from "../../../../coordination/raft/io.ts";
import type { RaftState } from "../../../../coordination/raft/state.ts";
import { after, command, from, node, turnOf } from "./turns.ts";

const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
const metaAt = (index: number, length = 4) => ({ index, term: 2, members, length });
const chunk = (index: number, offset: number, data: string, done: boolean): RaftInput =>
  from(2, { type: "snapshotChunk", term: 2, snapshot: metaAt(index), offset, data, done });
const whole = (index: number): RaftInput => chunk(index, 0, "abcd", true);
const stored = (index: number): RaftInput => ({ type: "snapshotStored", index, term: 2 });
const append = (prevIndex: number, prevTerm: number, count: number, commit = 0): RaftInput =>
  from(2, {
    type: "appendRequest",
    term: 2,
    prevIndex,
    prevTerm,
    entries: Array.from({ length: count }, (_, at) => command(prevIndex + 1 + at, 1)),
    commit,
  });

/** Node 1 holds ten entries of an earlier term, which its disk may not have yet, and none of them is committed. */
const behind = after(node(undefined, { snapshotEvery: 1 }), append(0, 0, 10));
const takenOver = (before: RaftState, index = 5): RaftState => after(before, whole(index), stored(index));

test("what was on its way to the disk when a snapshot came makes nothing behind it stable", () => {
  const late = after(takenOver(behind), { type: "persisted", upTo: 1 });
  expect(late).toMatchObject({ log: { base: 5, length: 0 }, stable: 0 });
  expect(after(late, { type: "persisted", upTo: 2 })).toMatchObject({ stable: 5, applying: 5 });
});

test("a log that a snapshot took the place of is on disk no more", () => {
  const durable = after(behind, { type: "persisted", upTo: 1 });
  expect(durable.stable).toBe(10);
  const replaced = takenOver(durable);
  expect(replaced.stable).toBe(0);
  const longer = after(replaced, append(5, 2, 3, 8));
  expect(turnOf(longer, { type: "persisted", upTo: 2 })).toMatchObject({
    changes: { stable: 5, applying: 5 },
    effects: [{ type: "restore" }],
  });
  expect(after(longer, { type: "persisted", upTo: 3 })).toMatchObject({ stable: 8, applying: 8 });
});

test("a snapshot of our own that comes late takes the place of none that was taken over meanwhile", () => {
  const taking = after(behind, { type: "persisted", upTo: 1 }, append(1, 1, 0, 1));
  expect(taking.taking).toMatchObject({ index: 1 });
  const replaced = takenOver(taking);
  const late = after(replaced, { type: "snapshotTaken", index: 1, length: 9 });
  expect(late.snapshot).toEqual(metaAt(5));
  expect(late.taking).toBeNull();
});

test("a leader has the snapshot to send that it took over", () => {
  const replaced = after(takenOver(behind), { type: "persisted", upTo: 2 }, { type: "applied", index: 5 });
  const elected = after(
    replaced,
    { type: "campaign" },
    from(3, { type: "preVoteResponse", term: 3, round: 1, granted: true }),
    { type: "persisted", upTo: 3 },
    from(3, { type: "voteResponse", term: 3, granted: true }),
  );
  expect(elected.role).toBe("leader");
  const refused = from(3, { type: "appendRejected", term: 3, prevIndex: 5, hintIndex: 0, hintTerm: 0 });
  expect(turnOf(elected, refused).effects).toMatchObject([
    { type: "sendChunk", to: 3, snapshot: metaAt(5), offset: 0 },
  ]);
});

test("a newer snapshot of the same leader begins at its first chunk", () => {
  const part = after(node(), chunk(5, 0, "ab", false));
  expect(turnOf(part, chunk(7, 2, "cd", true)).effects).toMatchObject([
    { type: "send", message: { type: "snapshotWanted", index: 7, offset: 0 } },
  ]);
});

test("a snapshot that is there as a whole is staged once, however often its last chunk comes", () => {
  const complete = after(node(), whole(5));
  expect(turnOf(complete, whole(5))).toEqual({ changes: {}, effects: [] });
  expect(turnOf(complete, chunk(5, 4, "", true))).toEqual({ changes: {}, effects: [] });
});
