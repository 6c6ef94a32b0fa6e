import { expect, test } from "vitest";
import { headSection } from "../../../../cli/report/head-section.ts";
import { replaySection } from "../../../../cli/report/result-sections.ts";
import { runId } from "../../../../coordination/protocol/ids.ts";
import type { FinishedRow } from "../../../../coordination/protocol/row.ts";
import type { Call } from "../../../../observability/report/calls.ts";
import { recordOf, type RunRecord } from "../../../../observability/report/record.ts";
import { emptySpending, type Spending } from "../../../../observability/spending.ts";
import { agent, planOf } from "../../../support/plans.ts";
import { readerDeps } from "../../../support/recorded.ts";
import { factsIn, shownIn, tableRowsIn } from "../../../support/shown.ts";
import { handHeader } from "../../../support/turn-rows.ts";

const second = 1e6;
const startUs = Date.UTC(2026, 10, 21, 16, 23, 47) * 1000;
const empty = recordOf([{ row: { ...handHeader(), atUs: startUs } }], {
  spans: readerDeps,
  sentence: (text) => text,
  conversations: 0,
});
const timeline = {
  root: { unit: "run", label: "", depth: 0, bars: [], inside: [], critical: [] },
  startUs,
  endUs: startUs + 100 * second,
  inside: new Map(),
} as const;

const headOf = (more: Partial<RunRecord>, status = "done", exit: number | null = 0, agents = 0) => {
  const plan = planOf([], {
    agents: Object.fromEntries(Array.from({ length: agents }, (_, at) => [`a${at}`, agent(`a${at}`)])),
  });
  const basis = { run: runId("r"), plan, models: {}, trust: {} } as Parameters<typeof headSection>[1];
  const record = { ...empty, lastUs: startUs + 100 * second, ...more };
  return headSection(record, basis, { ...timeline, pauses: record.pauses }, { status, exit });
};
const withTotal = (total: Partial<Spending>): RunRecord["account"] => ({
  ...empty.account,
  total: { ...emptySpending, ...total },
});
const finished: FinishedRow = {
  type: "finished",
  run: runId("r"),
  atUs: 0,
  outcome: "done",
  exit: 0,
  outputs: {},
};

test("the last row of a run that waits is what a person said, though that is no time of the run", () => {
  const ruling = { type: "ruled", run: runId("r"), swarm: "1", decision: "d", option: "A" } as const;
  const rulings = [{ ...ruling, atUs: startUs + 160 * second }];
  expect(factsIn(headOf({ rulings }, "ruled", null))).toMatchObject({
    "last row": "2026-11-21 16:26:27 UTC",
  });
});

test("the facts of a run say when it began and ended, what it took, and how often it was taken up again", () => {
  const settled = (isSettled?: boolean) =>
    (isSettled === undefined ? {} : { outcome: { settled: isSettled } }) as RunRecord["decisions"][number];
  const call: Call = {
    model: "m",
    startUs,
    endUs: startUs,
    failed: false,
    unfinished: false,
    firstChunkSeconds: undefined,
  };
  const facts = factsIn(
    headOf({
      finished,
      rows: 1234,
      resumes: 1,
      pauses: [
        { fromUs: startUs + 10 * second, untilUs: startUs + 30 * second },
        { fromUs: startUs + 50 * second, untilUs: startUs + 60 * second },
      ],
      calls: Array.from({ length: 9 }, () => call),
      decisions: [settled(true), settled(true), settled(false), settled()],
      account: withTotal({ calls: 7, promptTokens: 5000, outputTokens: 60 }),
    }),
  );
  expect(facts).toMatchObject({
    started: "2026-11-21 16:23:47 UTC",
    ended: "2026-11-21 16:25:27 UTC",
    took: "1m 10s, and 30.0 s paused",
    record: "1,234 rows",
    decisions: "2 of 4 settled",
    "calls of models": "7, and 2 unfinished",
    tokens: "5,000 in, 60 out",
    resumed: "1 time",
  });
});

test("a run that has not ended says so, and one that has done nothing has nothing", () => {
  expect(
    factsIn(headOf({ rows: 1, pauses: [{ fromUs: startUs, untilUs: startUs + second }] })),
  ).toMatchObject({
    "last row": "2026-11-21 16:25:27 UTC",
    record: "1 row",
    decisions: "none",
    "calls of models": "0",
    tokens: "0 in, 0 out",
    // A person has ruled, and nobody has gone on.
    resumed: "never",
  });
});

test("tokens that nobody counted are an upper bound", () => {
  const account = withTotal({ promptTokens: 5, outputTokens: 6, estimatedTokens: 1 });
  expect(factsIn(headOf({ account }))["tokens"]).toBe("at most 5 in, 6 out");
});

test.each([
  ["done", 0, "Done exit code 0"],
  ["failed", 1, "Failed exit code 1"],
  ["not-settled", 3, "A decision was not settled exit code 3"],
  ["budget-spent", 4, "Budget spent exit code 4"],
  ["timeout", 5, "Out of time exit code 5"],
  ["running", null, "Running r"],
  ["waiting", null, "Waits for a person r"],
  ["ruled", null, "A person has ruled; not resumed yet r"],
  ["interrupted", null, "Interrupted r"],
] as const)("a run that is %s says so in words", (status, exit, words) => {
  expect(shownIn(headOf({}, status, exit))).toContain(`by hand ${words}`);
});

test("agents are told by role, model and domain, and those beyond sixty are counted", () => {
  const head = headOf({}, "done", 0, 63);
  const rows = tableRowsIn(head);
  expect(rows.slice(0, 2)).toEqual([
    ["agent", "role", "model", "domain"],
    ["a0", "role of a0", "m", "–"],
  ]);
  expect(rows).toHaveLength(61);
  expect(shownIn(head)).toContain("63 agents");
  expect(shownIn(head)).toContain("3 more agents left out.");
  expect(shownIn(headOf({}, "done", 0, 60))).not.toContain("left out");
});

test.each([
  ["interrupted", true],
  ["waiting", true],
  ["ruled", true],
  ["running", false],
  ["done", false],
  ["failed", false],
])("whether a run that is %s can be gone on with: %s", (status, goesOn) => {
  const commands = factsIn(
    replaySection({
      run: "r",
      status,
      resume: "swarm resume r",
      approvals: ["swarm approve r d A"],
      decisions: 0,
    }),
  );
  expect(Object.keys(commands)).toEqual([
    "swarm approve r d A",
    ...(goesOn ? ["swarm resume r"] : []),
    "swarm replay r",
    "swarm show r --json",
  ]);
});
