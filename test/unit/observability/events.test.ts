import { expect, test } from "vitest";
import { decisionsStep, initialDecisions } from "../../../coordination/decisions.ts";
import { emptyTrust } from "../../../coordination/decision/trust.ts";
import type { Entry } from "../../../coordination/protocol/decision-messages.ts";
import { actorId, effectId, hostActor, runId } from "../../../coordination/protocol/ids.ts";
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
