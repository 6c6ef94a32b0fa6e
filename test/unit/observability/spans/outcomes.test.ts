import { describe, expect, onTestFinished, test } from "vitest";
import { openSwarm, type Row, type TaskDefinition } from "../../../../index.ts";
import { workflowActor } from "../../../../coordination/protocol/ids.ts";
import { redactor } from "../../../../observability/redact.ts";
import type { Span, SpanUnit } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps } from "../../../support/recorded.ts";

type Steps = TaskDefinition["workflow"];

const taskOf = (workflow: Steps): TaskDefinition => ({
  version: 1,
  name: "outcomes",
  models: {
    yes: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] },
    no: { provider: "scripted", replies: [{ text: "no", confidence: 0.6 }] },
    mute: { provider: "scripted", replies: [{ when: "never said", text: "yes" }] },
  },
  agents: {
    a: { role: "r", model: "yes" },
    b: { role: "r", model: "no" },
    c: { role: "r", model: "yes" },
    mute: { role: "r", model: "mute" },
  },
  workflow,
  outputs: {},
});

type Recorded = readonly { readonly row: Row }[];

/** Runs the task, with its programs. */
const rowsOf = async (workflow: Steps): Promise<Recorded> => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const { run } = await swarm.run(taskOf(workflow), { allowCommands: true });
  return [...swarm.rows(run)];
};

const told = (rows: Recorded): readonly Span[] => [...spansOf(rows, readerDeps)];
const ofUnit = (spans: readonly Span[], unit: SpanUnit) => spans.filter((span) => span.unit === unit);

const outcomesOf = (spans: readonly Span[]) =>
  Object.fromEntries(
    ofUnit(spans, "step").map(({ attributes }) => [
      attributes["swarm.step.path"],
      attributes["swarm.step.outcome"],
    ]),
  );

const split = {
  question: "Well?",
  options: ["yes", "no"],
  voters: ["a", "b", "c"],
  rule: "unanimity",
} as const;
const agreed = { ...split, voters: ["a", "c"] };
const program = (script: string) => ({ command: ["sh", "-c", script], passed: "yes", failed: "no" });
/** When the workflow was told something of a type. */
const toldAt = (rows: Recorded, type: string): number | undefined =>
  rows.find(({ row }) => row.type === "turn" && row.actor === workflowActor && row.input.type === type)?.row
    .atUs;

describe("a step whose decision did not settle says so", () => {
  test.each([
    ["where nobody knows the truth", {}],
    ["where the task knows it", { truth: "yes" }],
    ["where a program finds it out", { truth: program("exit 0") }],
    ["where a program finds out nothing", { truth: program("kill -9 $$") }],
  ])("%s", async (_, more) => {
    const spans = told(
      await rowsOf([
        { id: "vote", decide: { ...split, ...more } },
        { id: "next", decide: { ...agreed, ...more } },
      ]),
    );
    expect(outcomesOf(spans)).toEqual({ vote: "not-settled", next: "settled" });
  });
});

test.each([
  ["truth.recorded", { truth: "yes" }],
  ["truth.recorded", { truth: program("exit 0") }],
  ["command.completed", { truth: program("kill -9 $$") }],
])("a step whose truth is looked for ends with `%s`", async (last, more) => {
  const rows = await rowsOf([{ id: "vote", decide: { ...agreed, ...more } }]);
  const [step] = ofUnit(told(rows), "step");
  expect(step?.endUs).toBe(toldAt(rows, last));
  const [decision] = ofUnit(told(rows), "decision");
  expect(decision?.endUs).toBeLessThan(step?.endUs ?? 0);
});

describe("what is around a step that ends the run early is not done, but abandoned:", () => {
  const items = (...inside: Steps): Steps => [
    { id: "all", map: { over: ["one", "two"], as: "it", concurrency: 1, do: inside } },
  ];

  test("a decision that has to settle", async () => {
    const spans = told(
      await rowsOf(
        items({ id: "vote", decide: { ...split, escalate: "fail" } }, { id: "more", ask: "a", prompt: "x" }),
      ),
    );
    expect(outcomesOf(spans)).toEqual({
      all: "abandoned",
      "all[0]": "abandoned",
      "all[0]/vote": "not-settled",
    });
    expect(ofUnit(spans, "run")[0]).toMatchObject({
      status: { type: "unset" },
      attributes: { "swarm.run.outcome": "not-settled", "swarm.run.exit_code": 3 },
    });
  });

  test("words that make no sense", async () => {
    const spans = told(
      await rowsOf(
        items(
          { id: "first", ask: "a", prompt: "x" },
          { id: "next", ask: "${{ steps.first.text }}", prompt: "x" },
        ),
      ),
    );
    expect(outcomesOf(spans)).toEqual({ all: "abandoned", "all[0]": "abandoned", "all[0]/first": "done" });
    expect(ofUnit(spans, "run")[0]?.attributes).toMatchObject({
      "swarm.run.outcome": "failed",
      "error.type": "failed",
    });
  });

  test("but it has failed where something inside it has", async () => {
    const spans = told(
      await rowsOf([
        {
          id: "both",
          parallel: [
            { id: "left", ask: "mute", prompt: "x" },
            { id: "right", decide: split },
          ],
        },
      ]),
    );
    expect(outcomesOf(spans)).toMatchObject({ both: "failed", "both/left": "failed" });
    const failed = ofUnit(spans, "step").filter(({ status }) => status.type === "error");
    expect(failed.map(({ attributes }) => attributes["swarm.step.path"])).toEqual(["both/left", "both"]);
    for (const { attributes } of failed) expect(attributes["error.type"]).toBe("INFERENCE_FAILED");
    // Its sentence quotes the prompt, and so does that of the run.
    expect(ofUnit(spans, "run")[0]?.status).toMatchObject({ message: expect.stringContaining('"…"') });
    for (const { status } of failed)
      expect(status).toMatchObject({ message: expect.stringContaining('"…"') });
  });
});

describe("what is around the last step is done, although the run may not be settled:", () => {
  test.each<[string, Steps, string, Readonly<Record<string, string>>]>([
    [
      "a decision in a list",
      [{ id: "all", map: { over: ["one"], as: "it", do: [{ id: "vote", decide: split }] } }],
      "done",
      { all: "done", "all[0]": "done", "all[0]/vote": "not-settled" },
    ],
    [
      "one that stays open",
      [{ id: "both", parallel: [{ id: "vote", decide: split }] }],
      "not-settled",
      { both: "done", "both/vote": "not-settled" },
    ],
    [
      "one that has to settle, and does",
      [
        { id: "vote", decide: split },
        { id: "both", parallel: [{ id: "last", decide: { ...agreed, escalate: "fail" } }] },
      ],
      "not-settled",
      { vote: "not-settled", both: "done", "both/last": "settled" },
    ],
  ])("%s", async (_, workflow, outcome, steps) => {
    const spans = told(await rowsOf(workflow));
    expect(outcomesOf(spans)).toEqual(steps);
    expect(ofUnit(spans, "run")[0]?.attributes["swarm.run.outcome"]).toBe(outcome);
  });
});

test("a step says which one of the task it is, and an item which one of the list", async () => {
  const spans = told(
    await rowsOf([
      {
        id: "all",
        map: {
          over: ["one"],
          as: "it",
          do: [
            {
              id: "both",
              parallel: [
                { id: "left", ask: "a", prompt: "x" },
                { id: "vote", decide: agreed },
              ],
            },
          ],
        },
      },
    ]),
  );
  const said = ofUnit(spans, "step").map(({ name, kind, attributes }) => [
    name,
    kind,
    ...["id", "path", "kind", "attempt"].map((each) => attributes[`swarm.step.${each}`]),
  ]);
  expect(said.toSorted((a, b) => String(a[3]).localeCompare(String(b[3])))).toEqual([
    ["step all", "internal", "all", "all", "map", 1],
    ["step all[]", "internal", "all", "all[0]", "item", 1],
    ["step all/both", "internal", "all/both", "all[0]/both", "parallel", 1],
    ["step all/both/left", "internal", "all/both/left", "all[0]/both/left", "ask", 1],
    ["step all/both/vote", "internal", "all/both/vote", "all[0]/both/vote", "decide", 1],
  ]);
});

test("the run says what it is, and what it came to", async () => {
  const rows = await rowsOf([{ id: "left", ask: "a", prompt: "x" }]);
  const [header] = rows.map(({ row }) => row);
  if (header?.type !== "header") throw new Error("a run begins with its header");
  expect(ofUnit(told(rows), "run")).toMatchObject([
    {
      name: "invoke_workflow outcomes",
      kind: "internal",
      startUs: header.atUs,
      endUs: rows.at(-1)?.row.atUs,
      attributes: {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "outcomes",
        "gen_ai.conversation.id": header.run,
        "swarm.run.id": header.run,
        "swarm.task.digest": header.task.digest,
        "swarm.version": header.swarm,
        "swarm.run.outcome": "done",
        "swarm.run.exit_code": 0,
        "swarm.run.rows": rows.length,
      },
    },
  ]);
  const secret = spansOf(rows, { ...readerDeps, redact: redactor(["outcomes"]) });
  expect(ofUnit([...secret], "run")).toMatchObject([
    { name: "invoke_workflow [redacted]", attributes: { "gen_ai.workflow.name": "[redacted]" } },
  ]);
});
