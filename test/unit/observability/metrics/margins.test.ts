import { expect, test } from "vitest";
import type { Outcome } from "../../../../coordination/protocol/decision-messages.ts";
import { decisionsActor, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { DecidedRow } from "../../../../coordination/protocol/row.ts";
import { decisionRows } from "../../../../observability/metrics/decision-rows.ts";
import type { Meter } from "../../../../observability/metrics/meter.ts";
import { turnRows } from "../../../support/turn-rows.ts";
import { openedWith } from "../../coordination/decision/builders.ts";

/** The margin of a decision in which the options have these weights. */
const marginOf = (weights: readonly number[]): readonly number[] => {
  const margins: number[] = [];
  const ignore = () => undefined;
  const observe: Meter["observe"] = (name, _, value) => {
    if (name === "swarm_decision_margin_ratio") margins.push(value);
  };
  const read = decisionRows({ count: ignore, observe, open: ignore, set: ignore, clear: ignore }, ignore);
  const outcome: Outcome = {
    decision: "d",
    settled: true,
    option: "0",
    sharePpm: 0,
    confidencePpm: 0,
    tally: weights.map((weight, at) => ({ option: String(at), weight, heads: 1 })),
    ballots: [],
    term: 1,
    index: 1,
    leader: 1,
  };
  const entry = openedWith(["a"]);
  const [row] = turnRows({
    actor: decisionsActor,
    input: { type: "entry.committed", entry, term: 1, index: 1, leader: 1 },
    effects: [{ type: "send", to: workflowActor, body: { type: "decision.settled", outcome } }],
  });
  if (row === undefined || "failed" in row) throw new Error("there is a row");
  const decided: DecidedRow = row;
  read(decided, decided);
  return margins;
};

test.each([
  ["all of the weight, where nobody is for another option", [3, 0], 1],
  ["a part of the weight of all", [5, 3, 2], 0.2],
  ["nothing in a tie", [3, 3], 0],
  ["nothing where nothing has any weight", [0, 0], 0],
  ["all, where what there is besides only speaks against another", [2, -1], 1],
])("the first option leads by %s", (_, weights, margin) => {
  expect(marginOf(weights)).toEqual([margin]);
});
