import { expect, test } from "vitest";
import { memoryReader } from "../../../observability/model-memory.ts";
import { schedulerRows, type SchedulerTurn } from "../../support/scheduler-rows.ts";

const fired = (timer: string) => ({ type: "timer.fired", timer }) as const;
const load = (model: string, bytes: number) => ({ type: "loadModel", model, sequences: 1, bytes }) as const;
const evict = (model: string) => ({ type: "evictModel", model }) as const;
const loaded = (model: string, bytes: number) => ({ type: "model.loaded", model, bytes }) as const;
const failed = (model: string) => {
  const failure = { code: "ENGINE_CRASHED", message: "", retryable: true } as const;
  return { type: "model.failed", model, failure } as const;
};
const evicted = (model: string) => ({ type: "model.evicted", model }) as const;

/** What the models hold after each row, and why models had to go. */
const followed = (...turns: readonly SchedulerTurn[]) => {
  const memory = memoryReader();
  const reasons: string[] = [];
  const holdings = schedulerRows(...turns).map((row) => {
    for (const change of memory.read(row)) if (change.type === "evicted") reasons.push(change.reason);
    return Array.from(memory.holdings, ([model, { kind, bytes }]) => `${model} ${kind} ${bytes}`).join(", ");
  });
  return { holdings, reasons };
};

test("a model reserves, is measured, is on its way out, and holds nothing", () => {
  const { holdings, reasons } = followed(
    { input: fired("gather"), effects: [load("a", 100)] },
    { input: loaded("a", 90) },
    { input: loaded("a", 70) },
    { input: failed("a") },
    { input: fired("quantum"), effects: [evict("a")] },
    { input: evicted("a"), effects: [load("b", 50)] },
    { input: failed("b") },
  );
  expect(holdings).toEqual([
    "a reserved 100",
    "a resident 90",
    "a resident 90",
    "a resident 90",
    "a leaving 90",
    "b reserved 50",
    "",
  ]);
  expect(reasons).toEqual(["room"]);
});

test("what was larger than estimated holds what was measured until it is gone", () => {
  const { holdings, reasons } = followed(
    { input: fired("gather"), effects: [load("a", 100)] },
    { input: loaded("a", 900), effects: [evict("a")] },
    { input: evicted("a"), effects: [load("a", 900)] },
  );
  expect(holdings).toEqual(["a reserved 100", "a leaving 900", "a reserved 900"]);
  expect(reasons).toEqual(["too-large"]);
});

test("nobody asked for it for long", () => {
  const { reasons } = followed(
    { input: fired("gather"), effects: [load("a", 1)] },
    { input: loaded("a", 1) },
    { input: fired("idle/a"), effects: [evict("a")] },
  );
  expect(reasons).toEqual(["idle"]);
});

test("one that goes when another has come, or was idle, made room", () => {
  const { reasons } = followed(
    { input: fired("gather"), effects: [load("a", 1), load("b", 1)] },
    { input: loaded("a", 1) },
    { input: loaded("b", 1), effects: [evict("a")] },
    { input: evicted("a"), effects: [load("c", 1)] },
    { input: loaded("c", 1) },
    { input: fired("idle/c"), effects: [evict("b")] },
  );
  expect(reasons).toEqual(["room", "room"]);
});
