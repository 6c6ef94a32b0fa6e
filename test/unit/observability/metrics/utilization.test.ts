import { expect, test } from "vitest";
import { agentActor } from "../../../../coordination/protocol/ids.ts";
import type { Row } from "../../../../coordination/protocol/row.ts";
import { rowReader } from "../../../../observability/metrics/row-reader.ts";
import { schedulerRows, type SchedulerTurn } from "../../../support/scheduler-rows.ts";
import { handHeader } from "../../../support/turn-rows.ts";

const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
const begins = (request: string): SchedulerTurn => ({
  input: { type: "inference.requested", request, body, replyTo: agentActor("ann", "s") },
  effects: [{ type: "generate", request, body, grant: { model: "m", sequence: 0, tokens: 1 } }],
});
const ends = (request: string): SchedulerTurn => ({
  input: {
    type: "inference.failed",
    request,
    failure: { code: "TIMEOUT", message: "", retryable: true },
  },
});
const nothing: SchedulerTurn = { input: { type: "timer.fired", timer: "none" } };

/** What is told by whoever looks after these rows, of which the first come from an earlier process. */
const readingsAfter = (past: readonly Row[], rows: readonly Row[]): readonly object[] => {
  const looks: (() => readonly object[])[] = [];
  const ignore = () => undefined;
  const reader = rowReader({
    meter: { count: ignore, observe: ignore, open: ignore, set: ignore, clear: ignore },
    watch: (look) => {
      looks.push(look);
      return ignore;
    },
    mark: ignore,
  });
  reader.past(past.map((row) => ({ row })));
  for (const row of rows) reader.read(row);
  const readings = looks.flatMap((look) => look());
  reader.close();
  return readings;
};

test("calls that run beside each other are busy once", () => {
  const rows = schedulerRows(begins("one"), begins("two"), ends("one"), ends("two"), nothing);
  expect(readingsAfter([], [handHeader(), ...rows])).toContainEqual({ type: "utilization", share: 0.75 });
});

test.each([
  ["soon", 9],
  ["an hour later", 3600],
])("of a run that was taken up again %s only the time since then counts", (_, second) => {
  const past = schedulerRows(begins("one"), nothing, nothing, ends("one"), begins("two"));
  const later = schedulerRows(nothing, ends("two"), nothing, nothing, nothing).map((row) => ({
    ...row,
    atUs: row.atUs + second * 1e6,
  }));
  const resumed = { type: "resumed", run: handHeader().run, atUs: second * 1e6, swarm: "1" } as const;
  expect(readingsAfter([handHeader(), ...past], [resumed, ...later])).toContainEqual({
    type: "utilization",
    share: 0.25,
  });
});

test("the memory of a model is told with its bytes", () => {
  const load = { type: "loadModel", model: "m", sequences: 1, bytes: 950 } as const;
  const rows = schedulerRows(
    { ...nothing, effects: [load] },
    { input: { type: "model.loaded", model: "m", bytes: 900 } },
  );
  expect(readingsAfter([], rows)).toContainEqual({ type: "memory", kind: "resident", bytes: 900 });
});
