import { expect, test } from "vitest";
import { openReplica } from "../../../../coordination/coordinator/replica.ts";
import type { RaftMessage } from "../../../../coordination/raft/message.ts";
import { memoryRaftStore } from "../../../../coordination/raft/store-memory.ts";
import type { NodeWrite } from "../../../../coordination/raft/store.ts";

/** Node 1 of three on a disk that writes when it is told to. */
const world = () => {
  const store = memoryRaftStore();
  const posted: RaftMessage[] = [];
  const asked: NodeWrite[] = [];
  const replica = openReplica({
    node: 1,
    voters: [1, 2, 3],
    seed: 1,
    options: {},
    store,
    apply: (sessions) => ({ sessions, event: undefined }),
    post: (message) => void posted.push(message),
    write: (write) => void asked.push(write),
    later: (work) => queueMicrotask(work),
    happened: () => undefined,
  });
  const sync = (): void => {
    const writes = asked.splice(0);
    store.write(writes);
    for (const { write } of writes) replica.persisted(write.token);
  };
  return { replica, posted, asked, sync, store };
};

const asksVote: RaftMessage = {
  type: "voteRequest",
  from: 2,
  to: 1,
  term: 1,
  lastIndex: 0,
  lastTerm: 0,
  transfer: false,
};

test("a vote leaves when it is on disk, and not before", () => {
  const { replica, posted, asked, sync, store } = world();
  replica.take({ type: "message", message: asksVote });
  expect(posted).toEqual([]);
  expect(asked).toHaveLength(1);
  sync();
  expect(store.load(1).hardState).toEqual({ term: 1, vote: 2 });
  expect(posted).toMatchObject([{ type: "voteResponse", granted: true }]);
});

test("what waits for no write leaves at once, also while one is on its way", () => {
  const { replica, posted, asked } = world();
  replica.take({ type: "message", message: asksVote });
  replica.take({ type: "campaign" });
  expect(asked).toHaveLength(1);
  expect(posted.map(({ type, to }) => [type, to])).toEqual([
    ["preVoteRequest", 2],
    ["preVoteRequest", 3],
  ]);
});

test("all entries that are committed together count as applied", () => {
  const { replica, sync } = world();
  const entries = [1, 2, 3].map((index) => ({
    index,
    term: 1,
    payload: { type: "command", id: "", data: "" } as const,
  }));
  replica.take({
    type: "message",
    message: {
      type: "appendRequest",
      from: 2,
      to: 1,
      term: 1,
      prevIndex: 0,
      prevTerm: 0,
      entries,
      commit: 3,
    },
  });
  sync();
  expect(replica.state()).toMatchObject({ commit: 3, applied: 3 });
});

test("a replica that was killed says nothing more, whatever its disk still does", () => {
  const { replica, posted, sync } = world();
  replica.take({ type: "message", message: asksVote });
  replica.kill();
  sync();
  replica.take({ type: "campaign" });
  expect(posted).toEqual([]);
});
