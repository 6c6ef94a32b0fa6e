import { expect, test } from "vitest";
import type { Row } from "../../../../index.ts";
import { livelyTask, pageOfRows, rowsOf } from "../../../support/reports.ts";

const secret = "opensesame";

test.each<[string, (rows: readonly Row[]) => readonly Row[]]>([
  [
    "the name of the task",
    (rows) =>
      rows.map((row) => (row.type === "header" ? { ...row, task: { ...row.task, name: secret } } : row)),
  ],
  [
    "an output",
    (rows) => rows.map((row) => (row.type === "finished" ? { ...row, outputs: { text: secret } } : row)),
  ],
  [
    "the end of the run",
    (rows) => rows.map((row) => (row.type === "finished" ? { ...row, message: secret } : row)),
  ],
  ["anything", (rows) => JSON.parse(JSON.stringify(rows).replaceAll("role of ann", secret))],
])("no secret is told by %s", async (_, plant) => {
  const planted = plant(
    await rowsOf({ ...livelyTask, workflow: livelyTask.workflow.slice(1, 2), outputs: {} }),
  );
  expect(pageOfRows(planted)).toContain(secret);
  expect(pageOfRows(planted, { secrets: [secret] })).not.toContain(secret);
});

test("what the end of the run quotes of a reply is told only with the replies", async () => {
  const rows = (await rowsOf({ ...livelyTask, workflow: livelyTask.workflow.slice(2), outputs: {} })).map(
    (row) => (row.type === "finished" ? { ...row, message: 'it said "my own words"' } : row),
  );
  expect(pageOfRows(rows)).not.toContain("my own words");
  expect(pageOfRows(rows, { content: true })).toContain("my own words");
});
