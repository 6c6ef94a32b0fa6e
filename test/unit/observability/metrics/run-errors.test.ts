import { expect, test } from "vitest";
import { agentActor, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { FinishedRow } from "../../../../coordination/protocol/row.ts";
import type { Meter } from "../../../../observability/metrics/meter.ts";
import { runRows } from "../../../../observability/metrics/run-rows.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { measured } from "../../../support/measured.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader, turnRows } from "../../../support/turn-rows.ts";

test.each([
  ["done", 0, ""],
  ["not-settled", 3, ""],
  ["failed", 1, "failed"],
  ["budget-spent", 4, "budget-spent"],
] as const)("a run that is %s has the same error in its duration as in its span", (outcome, exit, error) => {
  const header = handHeader({});
  const end: FinishedRow = {
    type: "finished",
    run: runId("r"),
    atUs: header.atUs + 1e6,
    outcome,
    exit,
    outputs: {},
  };
  const [root] = [...spansOf([{ row: header }, { row: end }], readerDeps)].filter(
    ({ unit }) => unit === "run",
  );
  expect(root?.attributes["error.type"] ?? "").toBe(error);
  expect(measured(header, end)).toContain(
    `gen_ai_workflow_duration_seconds ${header.task.name} ${error} of r = 1`,
  );
});

test.each(["UNUSABLE_REPLY", "BUDGET_SPENT"] as const)(
  "an agent that gives up has the same error in its duration as in its span: %s",
  (code) => {
    const actor = agentActor("ann", "s");
    const rows = turnRows(
      { actor, input: { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor } },
      {
        actor,
        input: { type: "timer.fired", timer: "none" },
        effects: [
          { type: "send", to: workflowActor, body: { type: "task.failed", step: "s", code, message: "" } },
        ],
      },
      { actor: workflowActor, input: { type: "run.started" } },
    );
    const spans = [
      ...spansOf(
        [handHeader(), ...rows].map((row) => ({ row })),
        readerDeps,
      ),
    ];
    expect(spans.find(({ unit }) => unit === "agent")?.attributes["error.type"]).toBe(code);
    expect(measured(...rows)).toEqual([`gen_ai_invoke_agent_duration_seconds ann ${code} of r = 1`]);
  },
);

test("a turn that threw is a row of a type of its own", () => {
  const types: string[] = [];
  const ignore = () => undefined;
  const count: Meter["count"] = (name, labels) => void types.push(`${name} ${Object.values(labels).join()}`);
  const read = runRows({ count, observe: ignore, open: ignore, set: ignore, clear: ignore });
  const input = { type: "run.started" } as const;
  const failed = { code: "Error", message: "odd" };
  for (const row of turnRows({ actor: workflowActor, input }, { actor: workflowActor, input, failed }))
    read(row, "failed" in row ? undefined : row);
  expect(types).toEqual(["swarm_log_events_total run.started", "swarm_log_events_total failed"]);
});
