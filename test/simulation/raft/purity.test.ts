import { expect, test } from "vitest";
import { raftStep, type RaftStep } from "../../../coordination/raft/step.ts";
import { often } from "../../support/deep.ts";
import { raftStormOf } from "./storm.ts";
import { weatherRaft } from "./weather.ts";

/** What is frozen already was frozen with all that it holds. */
const frozen = <Value>(value: Value): Value => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

test("no step changes anything that it was given or that an earlier one gave", () => {
  const step: RaftStep = (state, input) => frozen(raftStep(frozen(state), frozen(input)));
  for (let seed = 0; seed < often(30, 300); seed += 1)
    expect(weatherRaft(raftStormOf(seed), { step }).wrong).toBe(null);
});

test("a step that was tried and thrown away leaves no trace, and a state is what its JSON says", () => {
  const step: RaftStep = (state, input) => {
    raftStep(state, { type: "propose", commands: [{ id: "lost", data: "lost" }] });
    raftStep(state, { type: "tick" });
    const copy: typeof state = JSON.parse(JSON.stringify(state));
    const turn = raftStep(state, input);
    if (JSON.stringify(raftStep(copy, input)) !== JSON.stringify(turn)) throw new Error("another turn");
    return turn;
  };
  for (let seed = 0; seed < often(3, 30); seed += 1)
    expect(weatherRaft(raftStormOf(seed, 1000), { step }).wrong).toBe(null);
});
