import { expect, test } from "vitest";
import { decisionsStep, initialDecisions } from "../../../coordination/decisions.ts";
import { emptyTrust } from "../../../coordination/decision/trust.ts";
import type { Entry } from "../../../coordination/protocol/decision-messages.ts";
import {
  actorId,
  agentActor,
  effectId,
  hostActor,
  runId,
  schedulerActor,
  workflowActor,
} from "../../../coordination/protocol/ids.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import type { DecidedRow, Row } from "../../../coordination/protocol/row.ts";
import { eventsOf } from "../../../observability/events.ts";
import { cast, openedWith } from "../coordination/decision/builders.ts";

const run = runId("r");

/** What is told of entries that are committed one after the other. */
const eventsAfter = (entries: readonly Entry[]) => {
  const step = decisionsStep(emptyTrust);
  let state = initialDecisions;
  return entries.flatMap((entry, index) => {
    const input = { type: "entry.committed", term: 1, index, leader: 1, entry } as const;
    const turn = step(state, input);
    state = turn.state;
    return eventsOf(rowOf(actorId("decisions"), input, turn.effects));
  });
};

const rowOf = (
  actor: DecidedRow["actor"],
  input: DecidedRow["input"],
  effects: DecidedRow["effects"] = [],
): Row => ({
  type: "turn",
  run,
  actor,
  seq: 0,
  atUs: 5,
  cause: effectId(hostActor, 0, 0),
  input,
  effects,
});

test("a ballot names its round, so that a debate and a ballot that comes late can be told apart", () => {
  const told = eventsAfter([
    openedWith(["a", "b"], { rounds: 1 }),
    cast("a", "A"),
    cast("b", "B"),
    { ...cast("a", "A"), round: 1 },
    cast("b", "A"),
  ]).filter(({ type }) => type !== "decision.opened");
  expect(told).toMatchObject([
    { type: "ballot.cast", voter: "a", round: 0 },
    { type: "ballot.cast", voter: "b", round: 0 },
    { type: "decision.continued", round: 1, kind: "debate" },
    { type: "ballot.cast", voter: "a", round: 1 },
    { type: "ballot.cast", voter: "b", round: 0, option: "A" },
  ]);
});

test("a person's word is told once, when it is committed and before what comes of it", () => {
  const told = eventsAfter([
    openedWith(["a", "b"], { escalate: "human" }),
    cast("a", "A"),
    cast("b", "B"),
    { type: "decision.ruled", decision: "d", option: "B", reason: "it is late" },
  ]);
  expect(told.slice(-2)).toMatchObject([
    { type: "decision.ruled", atUs: 5, decision: "d", option: "B", reason: "it is late" },
    { type: "decision.settled", outcome: { option: "B" } },
  ]);
  expect(eventsOf({ type: "ruled", run, swarm: "0.0.0", atUs: 1, decision: "d", option: "B" })).toEqual([]);
});

test("a command that told no truth says why; one that ended says nothing by itself", () => {
  const completed = { type: "command.completed", request: "d", output: "" } as const;
  const workflow = actorId("workflow");
  expect(
    eventsOf(rowOf(workflow, { ...completed, exit: null, trouble: "it ran for more than 1 s" })),
  ).toEqual([{ type: "decision.ungraded", atUs: 5, decision: "d", reason: "it ran for more than 1 s" }]);
  expect(eventsOf(rowOf(workflow, { ...completed, exit: 1 }))).toEqual([]);
});

test("a call that failed is told once, with who asked and where, although the asker hears of it, too", () => {
  const failed = {
    type: "inference.failed",
    request: "agent/ann/all[3]/label:12",
    failure: { code: "TIMEOUT", message: "late", retryable: true },
  } as const;
  expect(eventsOf(rowOf(schedulerActor, failed))).toEqual([
    {
      type: "inference.failed",
      atUs: 5,
      agent: "ann",
      step: "all[3]/label",
      code: "TIMEOUT",
      message: "late",
    },
  ]);
  expect(eventsOf(rowOf(agentActor("ann", "all[3]/label"), failed))).toEqual([]);
});

test("a step that was asked tells the choice, or the text where there was none, and how sure it is", () => {
  const usage = { promptTokens: 1, outputTokens: 1 };
  const completed = (answer: { text: string; choice?: string; confidence?: number }) =>
    eventsOf(rowOf(workflowActor, { type: "task.completed", step: "label", answer: { ...answer, usage } }));
  expect(completed({ text: "I say yes", choice: "yes", confidence: 0.5 })).toEqual([
    { type: "step.completed", atUs: 5, step: "label", output: "yes", confidence: 0.5 },
  ]);
  expect(completed({ text: "well" })).toMatchObject([{ output: "well", confidence: null }]);
});

test("a step begins with the work that is given to an agent, and a decision with the entry that opens it", () => {
  const assigned = { type: "task.assigned", step: "vote", prompt: "", replyTo: workflowActor } as const;
  const given = (body: Message) =>
    eventsOf(
      rowOf(workflowActor, { type: "run.started" }, [{ type: "send", to: agentActor("ann", "vote"), body }]),
    );
  expect(given(assigned)).toEqual([{ type: "step.started", atUs: 5, step: "vote", agent: "ann" }]);
  expect(given({ ...assigned, decision: "vote" })).toEqual([]);
});

test("how sure a voter is goes from 0 to 1, and an outcome is told once", () => {
  const told = eventsAfter([
    openedWith(["a", "b"], { rule: "majority" }),
    cast("a", "A", 0.75),
    { ...cast("b", "A"), reason: "so it is" },
  ]);
  expect(told.map(({ type }) => type)).toEqual([
    "decision.opened",
    "ballot.cast",
    "ballot.cast",
    "decision.settled",
  ]);
  expect(told.slice(1, 3)).toMatchObject([
    { confidence: 0.75, reason: null },
    { confidence: null, reason: "so it is" },
  ]);
});
