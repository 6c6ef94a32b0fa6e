import { expect, test } from "vitest";
import { debtId, Outstanding, type Debt } from "../../../../actors/runtime/outstanding.ts";
import { actorId, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";

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

test("a timer that fired cannot be cancelled any more", () => {
  const debts = new Outstanding([timer(0, "late")]);
  expect(debts.cancelTimer(ann, "late")).toBe(id(0));
  expect(debts.cancelTimer(ann, "late")).toBeUndefined();
  debts.add(timer(1, "late"));
  debts.pay(id(1));
  expect(debts.cancelTimer(ann, "late")).toBeUndefined();
});

test("the work that an actor was given is owed until it is taken up, piece by piece", () => {
  const work = (index: number): Debt => ({
    type: "envelope",
    envelope: {
      id: id(index),
      run,
      to: ann,
      body: { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor },
    },
  });
  const debts = new Outstanding([work(0), letter(1), work(2)]);
  expect(debts.assignmentsTo(ann)).toEqual([id(0), id(2)]);
  debts.pay(id(0));
  expect(debts.assignmentsTo(ann)).toEqual([id(2)]);
  debts.pay(id(1));
  debts.pay(id(2));
  expect(debts.assignmentsTo(ann)).toEqual([]);
});

test("a failed try and an end that the engine was told count for that call alone", () => {
  const call = (index: number): Debt => ({
    type: "generate",
    id: id(index),
    actor: ann,
    effect: {
      type: "generate",
      request: `q${index}`,
      body: { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 },
      grant: { model: "m", sequence: 0, tokens: 1 },
    },
    attempts: 0,
  });
  const debts = new Outstanding([call(0), call(1), letter(2)]);
  debts.countAttempt(id(0));
  debts.countAttempt(id(0));
  debts.abort("q1");
  expect(debts.get(id(0))).toEqual({ ...call(0), attempts: 2 });
  expect(debts.get(id(1))).toEqual({ ...call(1), isUnwanted: true });
  debts.countAttempt(id(2));
  expect(debts.get(id(2))).toEqual(letter(2));
});
