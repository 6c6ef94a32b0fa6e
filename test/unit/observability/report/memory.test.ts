import { expect, test } from "vitest";
import { runId } from "../../../../coordination/protocol/ids.ts";
import { memoryHistory } from "../../../../observability/report/memory.ts";
import { schedulerRows } from "../../../support/scheduler-rows.ts";

const rows = schedulerRows(
  {
    input: { type: "timer.fired", timer: "gather" },
    effects: [{ type: "loadModel", model: "a", sequences: 1, bytes: 100 }],
  },
  { input: { type: "model.loaded", model: "a", bytes: 90 } },
  { input: { type: "timer.fired", timer: "quantum" }, effects: [{ type: "evictModel", model: "a" }] },
  {
    input: { type: "model.evicted", model: "a" },
    effects: [{ type: "loadModel", model: "b", sequences: 1, bytes: 50 }],
  },
  { input: { type: "model.loaded", model: "b", bytes: 60 } },
  { input: { type: "timer.fired", timer: "gather" } },
);

/** `a resident 90 1-2`: what was held from one second to another. */
const told = (all: Iterable<Parameters<ReturnType<typeof memoryHistory>["read"]>[0]>) => {
  const history = memoryHistory();
  for (const row of all) history.read(row);
  return history
    .take()
    .stretches.map(
      ({ model, kind, bytes, startUs, endUs }) => `${model} ${kind} ${bytes} ${startUs / 1e6}-${endUs / 1e6}`,
    );
};

test("what each model held is told from row to row, and what is held at the end until there", () => {
  expect(told(rows)).toEqual([
    "a reserved 100 0-1",
    "a resident 90 1-2",
    "a leaving 90 2-3",
    "b reserved 50 3-4",
    "b resident 60 4-5",
  ]);
});

test("nothing is held while no process drives the run", () => {
  const night = 1000e6;
  const resumed = { type: "resumed", run: runId("r"), atUs: 1e6 + night, swarm: "0" } as const;
  const later = rows.slice(2).map((row) => ({ ...row, atUs: row.atUs + night }));
  expect(told([...rows.slice(0, 2), resumed, ...later]).slice(0, 3)).toEqual([
    "a reserved 100 0-1",
    "a resident 90 1001-1002",
    "a leaving 90 1002-1003",
  ]);
});
