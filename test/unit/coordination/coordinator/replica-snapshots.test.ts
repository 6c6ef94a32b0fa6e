import { expect, test } from "vitest";
import { decodeCommand, encodeCommand } from "../../../../coordination/coordinator/command.ts";
import { openReplica, type ReplicaEvent } from "../../../../coordination/coordinator/replica.ts";
import { applyCommand, noSessions } from "../../../../coordination/coordinator/sessions.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";
import { memoryRaftStore } from "../../../../coordination/raft/store-memory.ts";
import type { NodeWrite, RaftStore } from "../../../../coordination/raft/store.ts";

type Said = RaftMessage extends infer Message
  ? Message extends RaftMessage
    ? Omit<Message, "from" | "to">
    : never
  : never;

/** Node 1 of three, which snapshots each entry, on a disk that writes when it is told to, with all else `later` held too. */
const world = (store: RaftStore = memoryRaftStore()) => {
  const posted: RaftMessage[] = [];
  const asked: NodeWrite[] = [];
  const delayed: (() => void)[] = [];
  const happened: ReplicaEvent[] = [];
  const replica = openReplica({
    node: 1,
    voters: [1, 2, 3],
    seed: 1,
    options: { snapshotEvery: 1, trailingEntries: 0, chunkCharsMax: 30 },
    store,
    apply: (sessions, { data }, at) => applyCommand(sessions, decodeCommand(data), at),
    post: (message) => void posted.push(message),
    write: (write) => void asked.push(write),
    later: (work) => void delayed.push(work),
    happened: (event) => void happened.push(event),
  });
  const sync = (): void => {
    const writes = asked.splice(0);
    store.write(writes);
    for (const { write } of writes) replica.persisted(write.token);
  };
  const hear = (from: number, said: Said): void =>
    replica.take({ type: "message", message: { ...said, from, to: 1 } });
  const later = (): void => delayed.splice(0).forEach((work) => work());
  return { replica, store, posted, happened, sync, hear, later };
};

/** It leads term 1, and its no-op is committed. */
const leading = () => {
  const all = world();
  const { replica, sync, hear } = all;
  replica.take({ type: "campaign" });
  hear(2, { type: "preVoteResponse", term: 1, round: 1, granted: true });
  hear(2, { type: "voteResponse", term: 1, granted: true });
  sync();
  sync();
  hear(2, { type: "appendAccepted", term: 1, match: 1 });
  return all;
};

const open = (client: string): { id: string; data: string } => ({
  id: client,
  data: encodeCommand({ type: "session.opened", client, opening: "a", recorded: 0 }),
});

test("a snapshot holds what was applied up to its place, though more was applied before it was written", () => {
  const { replica, store, sync, hear, later } = leading();
  replica.take({ type: "propose", commands: [open("c")] });
  sync();
  hear(2, { type: "appendAccepted", term: 1, match: 2 });
  expect(Object.keys(replica.sessions().clients)).toEqual(["c"]);
  later();
  const snapshot = store.readSnapshot(1);
  expect(snapshot).toMatchObject({ meta: { index: 1 } });
  expect(JSON.parse(snapshot?.data ?? "")).toEqual({ sessions: noSessions, leader: 1 });
});

test("a replica that was killed writes no snapshot", () => {
  const { replica, store, later } = leading();
  replica.kill();
  later();
  expect(store.readSnapshot(1)).toBeUndefined();
});

test("a follower that has fallen behind is sent the snapshot part by part, and the last one says so", () => {
  const { store, posted, hear, later } = leading();
  later();
  const whole = store.readSnapshot(1)?.data ?? "";
  const next = (): RaftMessage | undefined => posted.splice(0).find(({ type }) => type === "snapshotChunk");
  hear(3, { type: "heartbeatResponse", term: 1, read: 0 });
  const parts: string[] = [];
  for (let part = next(); part?.type === "snapshotChunk"; part = next()) {
    parts.push(part.data);
    const offset = part.offset + part.data.length;
    expect(part.done).toBe(offset === whole.length);
    if (!part.done) hear(3, { type: "snapshotWanted", term: 1, index: 1, offset });
  }
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.join("")).toBe(whole);
});

test("a follower that takes over a snapshot goes on from its sessions, and says that it has them", () => {
  const { replica, store, happened, sync, hear } = world();
  const { sessions } = applyCommand(noSessions, decodeCommand(open("c").data), {
    term: 1,
    index: 5,
    leader: 2,
  });
  const data = JSON.stringify({ sessions, leader: 2 });
  const members = { voters: [1, 2, 3], outgoing: [], learners: [] };
  const snapshot = { index: 5, term: 1, members, length: data.length };
  hear(2, { type: "snapshotChunk", term: 1, snapshot, offset: 0, data, done: true });
  expect(happened.map(({ type }) => type)).not.toContain("restored");
  sync();
  expect(replica.sessions()).toEqual(sessions);
  expect(happened).toContainEqual({ type: "restored", sessions });
  expect(replica.state()).toMatchObject({ applied: 5 });
  // And so does one that starts from the same disk.
  expect(world(store).replica.sessions()).toEqual(sessions);
});
