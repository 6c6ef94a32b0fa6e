import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { Roster } from "../../../../actors/runtime/roster.ts";
import {
  actorId,
  agentActor,
  effectId,
  schedulerActor,
  workflowActor,
} from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";

const ann = agentActor("ann", "s");
const id = effectId(workflowActor, 0, 0);
const assigned: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
const fired: Message = { type: "timer.fired", timer: "t" };
const rosterOf = () =>
  new Roster((actor) =>
    actor === actorId("stranger")
      ? undefined
      : stepBehaviour<null>(() => ({ state: null, effects: [] }), null),
  );

test("an agent comes to life with its work and with nothing else, every other actor with any message", () => {
  const roster = rosterOf();
  expect(roster.receiverOf({ id, to: ann, body: fired })).toBeUndefined();
  const hosted = roster.receiverOf({ id, to: ann, body: assigned });
  expect(hosted).toMatchObject({ id: ann, seq: 0, failures: 0, assignedBy: id });
  expect(roster.receiverOf({ id, to: ann, body: fired })).toBe(hosted);
  expect(roster.receiverOf({ id, to: schedulerActor, body: fired })).toMatchObject({ id: schedulerActor });
  expect(roster.receiverOf({ id, to: actorId("stranger"), body: assigned })).toBeUndefined();
  expect([...roster].map((each) => each.id)).toEqual([ann, schedulerActor]);
});

test("an agent that is retired never comes to life again", () => {
  const roster = rosterOf();
  roster.receiverOf({ id, to: ann, body: assigned });
  roster.retire(ann);
  expect([roster.get(ann), [...roster], [...roster.retired]]).toEqual([undefined, [], [ann]]);
  expect(roster.receiverOf({ id, to: ann, body: assigned })).toBeUndefined();
});
