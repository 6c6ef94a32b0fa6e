import { expect, test } from "vitest";
import { runId } from "../../../../coordination/protocol/ids.ts";
import type { FinishedRow } from "../../../../coordination/protocol/row.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { measured } from "../../../support/measured.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { handHeader } from "../../../support/turn-rows.ts";

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
