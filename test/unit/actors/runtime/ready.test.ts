import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { mailboxCapacity } from "../../../../actors/runtime/mailbox.ts";
import { Ready } from "../../../../actors/runtime/ready.ts";
import { Roster, type Hosted } from "../../../../actors/runtime/roster.ts";
import { actorId, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";

const run = runId("r");
const roster = new Roster(() => stepBehaviour<null>(() => ({ state: null, effects: [] }), null));

/** An actor with so many messages. */
const withMail = (name: string, count: number): Hosted => {
  const to = actorId(name);
  const envelope = { id: effectId(workflowActor, 0, 0), run, to, body: { type: "run.started" } as const };
  const hosted = roster.receiverOf(envelope);
  if (hosted === undefined) throw new Error("it is not hosted");
  for (let message = 0; message < count; message += 1) hosted.mailbox.offer(envelope);
  return hosted;
};

/** The order in which actors have their turns until no mail is left. */
const turns = (actors: readonly Hosted[], choose: (count: number) => number): readonly string[] => {
  const ready = new Ready(choose);
  for (const each of actors) ready.add(each);
  const order: string[] = [];
  while (ready.size > 0) {
    const hosted = ready.next();
    if (hosted === undefined) break;
    hosted.mailbox.take();
    order.push(hosted.id);
    if (hosted.mailbox.depth > 0) ready.add(hosted);
  }
  return order;
};

test("who has more mail waits behind the others for its next turn", () => {
  expect(turns([withMail("a", 3), withMail("b", 1), withMail("c", 2)], () => 0)).toEqual([
    "a",
    "b",
    "c",
    "a",
    "c",
    "a",
  ]);
});

test("another order may be chosen, and an actor that gets more mail stands in it once", () => {
  const a = withMail("a", 1);
  expect(turns([a, withMail("b", 1), withMail("c", 1), a], (count) => count - 1)).toEqual(["c", "b", "a"]);
});

test("whose mailbox is more than half full comes first until it is not, whatever is chosen", () => {
  const half = mailboxCapacity / 2;
  const actors = [withMail("a", 1), withMail("crowded", half + 2), withMail("b", 1)];
  const order = turns(actors, (count) => count - 1);
  expect(order.slice(0, 4)).toEqual(["crowded", "crowded", "crowded", "crowded"]);
  expect(
    turns([withMail("c", 1), withMail("crowded", half + 2), withMail("d", 1)], () => 0).slice(0, 5),
  ).toEqual(["crowded", "crowded", "c", "d", "crowded"]);
});
