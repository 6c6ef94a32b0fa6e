import { expect, test } from "vitest";
import { learnFrom } from "../../../../cli/wire/learn.ts";
import { emptyAgent, emptyTrust } from "../../../../coordination/decision/trust.ts";
import { decisionsStep, initialDecisions } from "../../../../coordination/decisions.ts";
import { memoryLedger } from "../../../../coordination/ledger/memory.ts";
import { truthIn } from "../../../../coordination/ledger/ledger.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { Entry } from "../../../../coordination/protocol/decision-messages.ts";
import { decisionsActor, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import { decide, planOf } from "../../../support/plans.ts";
import { cast, model, openedWith } from "../../coordination/decision/builders.ts";

const run = runId("r");
const plan = planOf([decide("d")]);
const ballots: readonly Entry[] = [
  openedWith(["liar", "ann", "bob"]),
  cast("liar", "A", 0.9),
  cast("liar", "B", 0.9),
  cast("ann", "A", 0.9),
  cast("bob", "B", 0.6),
];
const truth: Entry = { type: "decision.graded", decision: "d", truth: "A", replyTo: workflowActor };

/** The rows of the `decisions` actor after these entries. */
const logOf = (entries: readonly Entry[]) => {
  const log = memoryLog();
  const step = decisionsStep(emptyTrust);
  let state = initialDecisions;
  for (const [seq, entry] of entries.entries()) {
    const input = { type: "entry.committed", term: 1, index: seq + 1, leader: 1, entry } as const;
    const turn = step(state, input);
    state = turn.state;
    const cause = effectId(workflowActor, seq, 0);
    log.append({
      type: "turn",
      run,
      actor: decisionsActor,
      seq,
      atUs: seq,
      cause,
      input,
      effects: turn.effects,
    });
  }
  return log;
};

test("a record without a truth teaches only who broke the protocol, once", () => {
  const ledger = memoryLedger(() => emptyAgent);
  const log = logOf(ballots);
  learnFrom({ log, ledger }, run, plan);
  learnFrom({ log, ledger }, run, plan);
  expect(ledger.standings()).toEqual([
    { agent: "liar", model, marks: 1, counts: { ...emptyAgent, broken: 1 } },
  ]);
  expect(truthIn(ledger, "r", "d", ["liar", "ann", "bob"])).toBeUndefined();
});

test("a truth that comes later marks the others, and the break is not counted again", () => {
  const ledger = memoryLedger(() => emptyAgent);
  learnFrom({ log: logOf(ballots), ledger }, run, plan);
  learnFrom({ log: logOf([...ballots, truth]), ledger }, run, plan);
  expect(
    ledger.standings().map(({ agent, counts }) => [agent, counts.right, counts.all, counts.broken]),
  ).toEqual([
    ["ann", 1, 1, 0],
    ["bob", 0, 1, 0],
    ["liar", 0, 0, 1],
  ]);
  expect(truthIn(ledger, "r", "d", ["liar", "ann", "bob"])).toBe("A");
});

test("a decision that is open teaches nothing, and a plan without decisions is not even read", () => {
  const ledger = memoryLedger(() => emptyAgent);
  learnFrom({ log: logOf(ballots.slice(0, 4)), ledger }, run, plan);
  learnFrom({ log: logOf([...ballots, truth]), ledger }, run, planOf([]));
  expect(ledger.standings()).toEqual([]);
});
