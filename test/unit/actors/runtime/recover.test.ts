import { expect, test } from "vitest";
import { stepBehaviour } from "../../../../actors/runtime/cell.ts";
import { debtId } from "../../../../actors/runtime/outstanding.ts";
import { rebuild, recover, settle } from "../../../../actors/runtime/recover.ts";
import { freshRun } from "../../../../actors/runtime/run-state.ts";
import { encodeSnapshot } from "../../../../actors/runtime/snapshot.ts";
import { maxRestarts } from "../../../../actors/runtime/supervise.ts";
import type { Cast } from "../../../../actors/runtime/roster.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Effect } from "../../../../coordination/protocol/effect.ts";
import {
  actorId,
  effectId,
  failureId,
  hostActor,
  runId,
  schedulerActor,
  workflowActor,
  type EnvelopeId,
} from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import type { DecidedRow, FailedRow } from "../../../../coordination/protocol/row.ts";

const run = runId("r");
const started = effectId(hostActor, 0, 0);
const id = (seq: number, index: number) => effectId(workflowActor, seq, index);
const start: Effect = { type: "startTimer", timer: "t", ms: 5, clock: "process" };
const cancel: Effect = { type: "cancelTimer", timer: "t" };
const ask: Effect = { type: "send", to: actorId("scheduler"), body: { type: "run.started" } };

/** Counts what it is told. */
const counting: Cast = () => stepBehaviour<number>((told) => ({ state: told + 1, effects: [] }), 0);

const row = (
  seq: number,
  cause: EnvelopeId,
  effects: readonly Effect[],
  input: Message = { type: "run.started" },
): DecidedRow => ({ type: "turn", run, actor: workflowActor, seq, atUs: seq * 1000, cause, input, effects });
const failure = (seq: number, cause: EnvelopeId): FailedRow => {
  const { effects: _, ...rest } = row(seq, cause, []);
  return { ...rest, failed: { code: "Error", message: "broke" } };
};

test.each<[string, readonly Effect[], readonly EnvelopeId[]]>([
  ["a timer goes on that a turn does not touch", [], [id(0, 0)]],
  ["a timer that is started anew replaces the old one", [start], [id(1, 0)]],
  ["a timer that is cancelled is gone", [cancel], []],
  ["cancelled and started anew, the new one runs", [cancel, start], [id(1, 1)]],
  ["started and cancelled, none runs", [start, cancel], []],
  ["started twice, the last one runs", [start, start], [id(1, 1)]],
  ["started, cancelled and started, the last one runs", [start, cancel, start], [id(1, 2)]],
])("in one turn: %s", (_, effects, left) => {
  const state = freshRun(run, counting);
  settle(state, row(0, started, [start]));
  settle(state, row(1, id(9, 9), effects));
  expect([...state.outstanding].map(debtId)).toEqual(left);
});

test("a row pays what it answers and owes what it asks for", () => {
  const state = freshRun(run, counting);
  const { debts, restart } = settle(state, row(0, started, [ask, start]));
  expect([debts.map(debtId), restart]).toEqual([[id(0, 0), id(0, 1)], false]);
  expect([...state.outstanding].map(debtId)).toEqual([id(0, 0), id(0, 1)]);
});

test("a notice of failure pays what it is about", () => {
  const state = freshRun(run, counting);
  settle(state, row(0, started, [ask]));
  settle(state, row(1, failureId(id(0, 0)), []));
  expect(state.outstanding.size).toBe(0);
});

test("a failed turn of an agent owes it a notice and a new cell", () => {
  const agent = actorId("agent/ann/s");
  const state = freshRun(run, counting);
  const body: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
  state.roster.receiverOf({ id: id(0, 0), to: agent, body });
  const { debts, restart } = settle(state, { ...failure(1, id(5, 0)), actor: agent });
  expect([debts.map(debtId), restart]).toEqual([[failureId(id(5, 0))], true]);
  expect(state.roster.get(agent)?.failures).toBe(1);
});

test("an agent that fails once more than it is started again comes to life no more", () => {
  const agent = actorId("agent/ann/s");
  const state = freshRun(run, counting);
  const body: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
  const work = { id: id(0, 0), to: agent, body };
  state.roster.receiverOf(work);
  for (let seq = 1; seq <= maxRestarts; seq += 1)
    settle(state, { ...failure(seq, id(5, seq)), actor: agent });
  const { restart } = settle(state, { ...failure(9, id(5, 9)), actor: agent });
  expect([restart, state.roster.get(agent), state.roster.receiverOf(work)]).toEqual([
    false,
    undefined,
    undefined,
  ]);
});

test("a scheduler that fails on a request is made anew without it, and whoever asked is told", () => {
  const asked: Message = {
    type: "inference.requested",
    request: "q",
    body: { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 },
    replyTo: actorId("agent/ann/s"),
  };
  const state = freshRun(run, counting);
  state.roster.receiverOf({ id: id(0, 0), to: schedulerActor, body: asked });
  const { debts, restart } = settle(state, { ...failure(0, id(0, 0)), actor: schedulerActor, input: asked });
  expect([debts.map(debtId), restart, state.ended]).toEqual([[failureId(id(0, 0))], true, undefined]);
});

test("work that an agent which stops has not taken up is owed no more, and dropped if it comes", () => {
  const agent = actorId("agent/ann/s");
  const state = freshRun(run, counting);
  const body: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
  const work: Effect = { type: "send", to: agent, body };
  settle(state, row(0, started, [work, work]));
  state.roster.receiverOf({ id: id(0, 0), to: agent, body });
  settle(state, { ...row(0, id(0, 0), [{ type: "stop" }], body), actor: agent });
  expect(state.roster.get(agent)).toBeUndefined();
  expect([...state.outstanding]).toEqual([]);
  expect(state.seen.has(id(0, 1))).toBe(true);
});

test("a failed turn of the workflow ends the run", () => {
  const state = freshRun(run, counting);
  state.roster.receiverOf({ id: started, to: workflowActor, body: { type: "run.started" } });
  expect(settle(state, failure(0, started))).toEqual({ debts: [], restart: false });
  expect(state.ended?.outcome).toBe("failed");
});

test("a recovery tells each actor its turns again, but the failed ones, and leaves what is owed", () => {
  const log = memoryLog();
  log.append(row(0, started, [ask]));
  log.append(row(1, id(7, 0), [start]));
  const state = recover(log, run, counting);
  const workflow = state.roster.get(workflowActor);
  expect([workflow?.seq, workflow?.cell.snapshot()]).toEqual([2, 2]);
  expect([...state.outstanding].map(debtId)).toEqual([id(0, 0), id(1, 0)]);
  expect(state.rowsSinceSnapshot).toBe(2);
  expect([state.position, state.processUs, state.seen.has(id(7, 0)), state.seen.has(id(8, 0))]).toEqual([
    1,
    1000,
    true,
    false,
  ]);
});

test("a rebuilt cell knows all turns but the failed ones", () => {
  const log = memoryLog();
  log.append(row(0, started, []));
  log.append(failure(1, id(7, 0)));
  log.append(row(2, id(8, 0), []));
  const state = freshRun(run, counting);
  const hosted = state.roster.receiverOf({ id: started, to: workflowActor, body: { type: "run.started" } });
  if (hosted === undefined) throw new Error("the workflow is not hosted");
  rebuild(log, run, hosted, state.roster);
  expect(hosted.cell.snapshot()).toBe(2);
});

test("a row that does not follow is refused", () => {
  const log = memoryLog();
  log.append(row(1, started, []));
  expect(() => recover(log, run, counting)).toThrow("workflow#1 does not follow");
});

test("of what was sent, a recovery has seen what was refused, and not what is still owed", () => {
  const log = memoryLog();
  log.append(row(0, started, [ask, ask]));
  log.append(row(1, failureId(id(0, 0)), []));
  const { seen, outstanding } = recover(log, run, counting);
  expect([seen.has(id(0, 0)), seen.has(id(0, 1))]).toEqual([true, false]);
  expect([...outstanding].map(debtId)).toEqual([id(0, 1)]);
});

test("the time of a process counts, and not the time between two of them, nor one that goes back", () => {
  const log = memoryLog();
  const at = (seq: number, atUs: number) => log.append({ ...row(seq, id(9, seq), []), atUs });
  const resumed = (atUs: number) => log.append({ type: "resumed", run, atUs, swarm: "0" });
  at(0, 1_000);
  at(1, 3_000);
  resumed(900_000);
  at(2, 904_000);
  at(3, 900_000);
  at(4, 900_500);
  resumed(10);
  at(5, 20);
  // The first row of a run without a header counts from the beginning of time.
  expect(recover(log, run, counting).processUs).toBe(1_000 + 2_000 + 4_000 + 0 + 500 + 10);
});

test("each word of a person is a message of its own to the workflow, and the run waits no more", () => {
  const log = memoryLog();
  const ruled = (decision: string) =>
    log.append({ type: "ruled", run, atUs: 9, swarm: "0", decision, option: "A" });
  log.append(row(0, started, [{ type: "suspend", decisions: ["d", "e"] }]));
  expect(recover(log, run, counting).waiting).toEqual(["d", "e"]);
  ruled("d");
  ruled("e");
  const { waiting, outstanding } = recover(log, run, counting);
  expect(waiting).toBeUndefined();
  expect(
    [...outstanding].map(
      (debt) => debt.type === "envelope" && [debt.envelope.id, debt.envelope.to, debt.envelope.body],
    ),
  ).toEqual(
    ["d", "e"].map((decision, at) => [
      effectId(hostActor, at + 1, 0),
      workflowActor,
      { type: "person.ruled", decision, option: "A" },
    ]),
  );
});

test("the time in which a run waited for a person does not count", () => {
  const log = memoryLog();
  log.append({ ...row(0, started, [{ type: "suspend", decisions: ["d"] }]), atUs: 1_000 });
  log.append({ type: "ruled", run, atUs: 900_000, swarm: "0", decision: "d", option: "A" });
  log.append({ ...row(1, id(9, 1), []), atUs: 900_300 });
  expect(recover(log, run, counting).processUs).toBe(1_000 + 300);
});

test("a commit that is told again after later ones does not put the record back", () => {
  const state = freshRun(run, counting);
  const entry = { type: "decision.closed", decision: "d", reason: "deadline" } as const;
  const committed = (index: number): Message => ({
    type: "entry.committed",
    term: 1,
    index,
    leader: 1,
    entry,
  });
  settle(state, row(0, started, [], committed(7)));
  settle(state, row(1, id(7, 0), [], committed(3)));
  expect(state.committed).toBe(7);
});

test("a snapshot holds all that later rows go on from, and older rows are read again for their ids", () => {
  const log = memoryLog();
  const entry = { type: "decision.closed", decision: "d", reason: "deadline" } as const;
  const committed: Message = { type: "entry.committed", term: 1, index: 7, leader: 1, entry };
  log.append(row(0, started, [ask, start]));
  log.append(row(1, id(7, 0), [], committed));
  log.append({ type: "ruled", run, atUs: 2_000, swarm: "0", decision: "d", option: "A" });
  const before = recover(log, run, counting);
  const state = encodeSnapshot(before);
  expect(state).toMatchObject({ committed: 7, rulings: 1, processUs: 1_000 });
  log.saveSnapshot(run, { position: before.position, state });
  const after = recover(log, run, counting);
  expect(encodeSnapshot(after)).toEqual(state);
  expect([after.position, after.rowsSinceSnapshot]).toEqual([2, 0]);
  expect([started, id(7, 0), id(0, 0), id(8, 0)].map((each) => after.seen.has(each))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
