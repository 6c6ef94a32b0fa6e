import { expect, test } from "vitest";
import { createSession, type Reply } from "../../../driver/session.ts";

type Session = ReturnType<typeof createSession>;

/** Three nodes, of which the third was away for long: it needs a snapshot of 1,300 characters, ten a message, at a round each way. */
const afterAbsence = (options: { readonly appendCharsMax?: number } = {}): Session => {
  const session = createSession();
  const small = { snapshotEvery: 5, trailingEntries: 5, chunkCharsMax: 10, ...options };
  session.perform({ op: "create", nodes: 3, seed: 1, options: small });
  session.perform({ op: "campaign", node: 1 });
  session.perform({ op: "run" });
  session.perform({ op: "partition", groups: [[1, 2], [3]] });
  for (let count = 0; count < 20; count += 1) {
    session.perform({ op: "propose", node: 1, data: "x".repeat(60) });
    session.perform({ op: "run" });
  }
  session.perform({ op: "heal" });
  return session;
};

/** Each round all nodes tick once, the leader is given a command, and what was on its way when the round began arrives. */
const round = (session: Session): Reply => {
  const before = session.perform({ op: "dump" });
  const message = before.ok ? before.messages.map(({ id }) => id) : [];
  session.perform({ op: "tick" });
  session.perform({ op: "propose", node: 1, data: "y" });
  if (message.length > 0) session.perform({ op: "deliver", message });
  return session.perform({ op: "dump" });
};

const nodesOf = (reply: Reply) => {
  if (!reply.ok) throw new Error(reply.error);
  const [first, , third] = reply.nodes;
  if (first === undefined || third === undefined) throw new Error("there are three nodes");
  return { first, third };
};

const rounds = (session: Session, count: number) => {
  for (let done = 1; done < count; done += 1) round(session);
  return nodesOf(round(session));
};

const untilItTookTheSnapshot = (session: Session) => {
  for (let done = 0; done < 600; done += 1) {
    const nodes = nodesOf(round(session));
    if (nodes.third.commit > 15) return nodes;
  }
  throw new Error("it never took a snapshot");
};

test("a follower that was away for long catches up by a snapshot while commands go on", () => {
  const { first, third } = rounds(afterAbsence(), 600);
  expect(third).toMatchObject({ role: "follower", term: 1 });
  expect(third.commit).toBeGreaterThan(first.commit - 10);
});

test("what came while it took the snapshot is kept for it until it has that, too", () => {
  // One command an append, of which ten are on their way at most: more than one round, and more than one snapshot would keep.
  const session = afterAbsence({ appendCharsMax: 10 });
  const before = untilItTookTheSnapshot(session);
  expect(before.first.commit - before.third.commit).toBeGreaterThan(100);
  expect(before.first.first).toBeLessThanOrEqual(before.third.commit + 1);
  const { first, third } = rounds(session, 100);
  expect(third.commit).toBeGreaterThan(first.commit - 10);
  // From now on no more is kept than for anybody else.
  expect(first.first).toBeGreaterThan(first.commit - 20);
});

test("nothing is kept for one that took the snapshot and does not get on", () => {
  const session = afterAbsence({ appendCharsMax: 10 });
  untilItTookTheSnapshot(session);
  // The leader learns of it, and begins to send what came since.
  const before = rounds(session, 3);
  expect(before.first.first).toBeLessThan(before.first.commit - 100);
  session.perform({ op: "partition", groups: [[1, 2], [3]] });
  const { first, third } = rounds(session, 100);
  expect(first.first).toBeGreaterThan(third.commit + 1);
  expect(first.first).toBeGreaterThan(first.commit - 20);
});
