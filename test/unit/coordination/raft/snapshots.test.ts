import { expect, test } from "vitest";
import { createSession, type Reply } from "../../../driver/session.ts";

/** Each round all nodes tick once, the leader is given a command, and what was on its way when the round began arrives. */
const rounds = (session: ReturnType<typeof createSession>, count: number): Reply => {
  for (let round = 0; round < count; round += 1) {
    const before = session.perform({ op: "dump" });
    const message = before.ok ? before.messages.map(({ id }) => id) : [];
    session.perform({ op: "tick" });
    session.perform({ op: "propose", node: 1, data: "y" });
    if (message.length > 0) session.perform({ op: "deliver", message });
  }
  return session.perform({ op: "dump" });
};

test("a follower that was away for long catches up by a snapshot while commands go on", () => {
  const session = createSession();
  const options = { snapshotEvery: 5, trailingEntries: 5, chunkCharsMax: 10 };
  session.perform({ op: "create", nodes: 3, seed: 1, options });
  session.perform({ op: "campaign", node: 1 });
  session.perform({ op: "run" });
  session.perform({ op: "partition", groups: [[1, 2], [3]] });
  for (let count = 0; count < 20; count += 1) {
    session.perform({ op: "propose", node: 1, data: "x".repeat(60) });
    session.perform({ op: "run" });
  }
  session.perform({ op: "heal" });
  // The snapshot has 1,300 characters, ten a message, and a message takes a round each way.
  const reply = rounds(session, 600);
  const third = reply.ok ? reply.nodes[2] : undefined;
  expect(third).toMatchObject({ role: "follower", term: 1 });
  expect(third?.commit).toBeGreaterThan(500);
});
