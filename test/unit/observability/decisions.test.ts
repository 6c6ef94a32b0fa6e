import { expect, test } from "vitest";
import type { Entry } from "../../../coordination/protocol/decision-messages.ts";
import { decisionsActor, workflowActor } from "../../../coordination/protocol/ids.ts";
import { decisionsIn } from "../../../observability/decisions.ts";
import { turnRows, type HandTurn } from "../../support/turn-rows.ts";
import { cast, openedWith } from "../coordination/decision/builders.ts";

const committed = (entry: Entry): HandTurn => ({
  actor: decisionsActor,
  input: { type: "entry.committed", term: 1, index: 0, leader: 1, entry },
});
const graded = (truth: string): Entry => ({
  type: "decision.graded",
  decision: "d",
  truth,
  replyTo: workflowActor,
});
const read = (...turns: readonly HandTurn[]) => decisionsIn(turnRows(...turns).map((row) => ({ row })));

test("of what is said twice the first counts", () => {
  const opened = openedWith(["a", "b"]);
  const told = [opened, openedWith(["b"]), cast("b", "A"), cast("a", "A"), cast("b", "B")];
  expect([...read(...[...told, graded("A"), graded("B")].map(committed))]).toEqual([
    ["d", { opened, answered: ["b", "a"], truth: "A" }],
  ]);
});

test("an entry that could not be taken says nothing", () => {
  const failed = { code: "TypeError", message: "odd" };
  expect(read({ ...committed(openedWith(["a"])), failed }).size).toBe(0);
});
