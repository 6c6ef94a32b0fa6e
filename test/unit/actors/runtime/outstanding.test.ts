import { expect, test } from "vitest";
import { debtId, Outstanding, type Debt } from "../../../../actors/runtime/outstanding.ts";
import { actorId, effectId, runId } from "../../../../coordination/protocol/ids.ts";

const run = runId("r");
const ann = actorId("ann");
const id = (index: number) => effectId(ann, 0, index);
const letter = (index: number): Debt => ({
  type: "envelope",
  envelope: { id: id(index), run, to: ann, body: { type: "run.started" } },
});
const timer = (index: number, name: string): Debt => ({
  type: "timer",
  id: id(index),
  actor: ann,
  effect: { type: "startTimer", timer: name, ms: 5, clock: "process" },
  atUs: 0,
  processUs: 0,
});

test.each<[string, (debts: Outstanding) => void, readonly number[]]>([
  ["debts keep the order in which they were made", () => undefined, [0, 1, 2]],
  ["a paid debt is gone", (debts) => debts.pay(id(1)), [0, 2]],
  ["paying what is not owed changes nothing", (debts) => debts.pay(id(9)), [0, 1, 2]],
  ["a debt made twice is one", (debts) => debts.add(letter(0)), [0, 1, 2]],
  ["a timer replaces the one of its name", (debts) => debts.add(timer(3, "late")), [0, 1, 3]],
  ["timers of other names stand side by side", (debts) => debts.add(timer(3, "soon")), [0, 1, 2, 3]],
  ["a cancelled timer is gone", (debts) => debts.cancelTimer(ann, "late"), [0, 1]],
  [
    "a timer of another actor is not cancelled",
    (debts) => debts.cancelTimer(actorId("bob"), "late"),
    [0, 1, 2],
  ],
  [
    "a timer that fired is not cancelled again",
    (debts) => {
      debts.pay(id(2));
      debts.add(timer(3, "late"));
      debts.pay(id(2));
    },
    [0, 1, 3],
  ],
])("%s", (_, act, left) => {
  const debts = new Outstanding([letter(0), letter(1), timer(2, "late")]);
  act(debts);
  expect([...debts].map(debtId)).toEqual(left.map(id));
  expect(debts.size).toBe(left.length);
});
