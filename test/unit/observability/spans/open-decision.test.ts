import { expect, onTestFinished, test } from "vitest";
import { workflowActor } from "../../../../coordination/protocol/ids.ts";
import { openSwarm, type Row, type TaskDefinition } from "../../../../index.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";
import { handHeader, turnRows } from "../../../support/turn-rows.ts";
import { openedWith } from "../../coordination/decision/builders.ts";

/** Two against one within a list, where all would have to agree. */
const taskOf = (more: { readonly escalate?: "human" } = {}): TaskDefinition => ({
  version: 1,
  name: "split",
  models: {
    yes: { provider: "scripted", replies: [{ text: "yes", confidence: 0.9 }] },
    no: { provider: "scripted", replies: [{ text: "no", confidence: 0.6 }] },
  },
  agents: { a: { role: "r", model: "yes" }, b: { role: "r", model: "no" }, c: { role: "r", model: "yes" } },
  workflow: [
    {
      id: "all",
      map: {
        over: ["one"],
        as: "it",
        do: [
          {
            id: "vote",
            decide: {
              question: "Well?",
              options: ["yes", "no"],
              voters: ["a", "b", "c"],
              rule: "unanimity",
              ...more,
            },
          },
        ],
      },
    },
  ],
  outputs: {},
});

const spansIn = async (task: TaskDefinition): Promise<readonly Span[]> => [
  ...spansOf(await recordOf(task), readerDeps),
];

test("what leads in a decision that is not settled has not won", async () => {
  const decision = (await spansIn(taskOf())).find(({ unit }) => unit === "decision");
  expect(decision?.attributes["swarm.decision.outcome"]).not.toBe("settled");
  expect(decision?.attributes).not.toHaveProperty("swarm.decision.winner");
});

test("a step that a person is to decide waits, and so does all around it", async () => {
  const spans = await spansIn(taskOf({ escalate: "human" }));
  const steps = spans.filter(({ unit }) => unit === "step");
  const paths = steps.map(({ attributes }) => attributes["swarm.step.path"]);
  expect(new Set(paths)).toEqual(new Set(["all", "all[0]", "all[0]/vote"]));
  for (const { attributes } of steps) expect(attributes["swarm.step.outcome"]).toBe("waiting");
});

test("a decision that waits for a person tells the ballots of all its rounds, and those of none again once it is settled", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const { run } = await swarm.run(taskOf({ escalate: "human" }));
  const eventsOf = () => {
    const spans = [...spansOf(swarm.rows(run), readerDeps)];
    const decision = spans.find(({ unit }) => unit === "decision");
    return decision?.events.map(({ name, attributes: { agent, round = 0 } }) => [name, agent ?? round]);
  };
  const waiting = eventsOf();
  const ballots = [
    ["ballot.counted", "a"],
    ["ballot.counted", "b"],
    ["ballot.counted", "c"],
  ];
  expect(waiting).toEqual([...ballots, ["round.opened", 1]]);
  await swarm.approve(run, "all[0]/vote", "yes");
  await swarm.resume(run);
  expect(eventsOf()).toEqual(waiting);
});

test("a run that waits is paused before a person rules", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const { run } = await swarm.run(taskOf({ escalate: "human" }));
  const before = [...swarm.rows(run)].at(-1)?.row.atUs;
  await swarm.approve(run, "all[0]/vote", "yes");
  const eventsOf = () =>
    [...spansOf(swarm.rows(run), readerDeps)].find(({ unit }) => unit === "run")?.events ?? [];
  const ruled = ["accepted", "waiting", "paused", "ruled"];
  expect(eventsOf().map(({ name }) => name)).toEqual(ruled);
  const root = [...spansOf(swarm.rows(run), readerDeps)].find(({ unit }) => unit === "run");
  expect(root?.attributes["swarm.run.outcome"]).toBe("ruled");
  await swarm.resume(run);
  expect(eventsOf().map(({ name }) => name)).toEqual([...ruled, "resumed"]);
  expect(eventsOf().find(({ name }) => name === "paused")?.atUs).toBe(before);
});

/** Rows of a run that waits for a person, who rules; then somebody goes on with it. */
const ruledRows = async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const { run } = await swarm.run(taskOf({ escalate: "human" }));
  await swarm.approve(run, "all[0]/vote", "yes");
  await swarm.resume(run);
  return [...swarm.rows(run)];
};

test("a run that was resumed waits no more, wherever its record ends then", async () => {
  const rows = await ruledRows();
  const resumed = rows.findIndex(({ row }) => row.type === "resumed");
  const outcomesOf = (count: number) =>
    [...spansOf(rows.slice(0, count), readerDeps)]
      .filter(({ unit }) => unit === "run" || unit === "step")
      .map(({ attributes }) => attributes["swarm.run.outcome"] ?? attributes["swarm.step.outcome"]);
  expect(outcomesOf(resumed)).toEqual(["waiting", "waiting", "waiting", "ruled"]);
  expect(outcomesOf(resumed + 1)).toEqual(Array.from({ length: 4 }, () => "unfinished"));
});

test("only what a person is to decide waits, and what else was open is unfinished", () => {
  const header = handHeader();
  const step = (decision: string) => ({ type: "propose", entry: openedWith(["a"], { decision }) }) as const;
  const rows = turnRows(
    {
      actor: workflowActor,
      input: { type: "run.started" },
      effects: ["x[1]/vote", "x[10]/vote", "xx", "x[1]/v"].map(step),
    },
    {
      actor: workflowActor,
      input: { type: "timer.fired", timer: "none" },
      effects: [{ type: "suspend", decisions: ["x[1]/vote"] }],
    },
  );
  const outcomes = (...more: readonly Row[]) =>
    Object.fromEntries(
      [
        ...spansOf(
          [header, ...rows, ...more].map((row) => ({ row })),
          readerDeps,
        ),
      ]
        .filter(({ unit }) => unit === "step")
        .map(({ attributes }) => [attributes["swarm.step.path"], attributes["swarm.step.outcome"]]),
    );
  const open = {
    "x[10]/vote": "unfinished",
    "x[10]": "unfinished",
    xx: "unfinished",
    "x[1]/v": "unfinished",
  };
  expect(outcomes()).toEqual({ "x[1]/vote": "waiting", "x[1]": "waiting", x: "waiting", ...open });
  const { run } = header;
  const over = { type: "finished", run, atUs: 9e6, outcome: "failed", exit: 1, outputs: {} } as const;
  expect(new Set(Object.values(outcomes(over)))).toEqual(new Set(["abandoned"]));
});

test("each word of a person has a moment of its own, and lies in the step that it is about", async () => {
  const rows = await ruledRows();
  const [ruled] = rows.flatMap(({ row }) => (row.type === "ruled" ? [row] : []));
  const spans = [...spansOf(rows, readerDeps)];
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  const root = spans.find(({ unit }) => unit === "run");
  expect(root?.events.find(({ name }) => name === "ruled")).toEqual({
    name: "ruled",
    atUs: ruled?.atUs,
    attributes: { "swarm.decision.id": "all[0]/vote" },
  });
  expect(root?.events.find(({ name }) => name === "waiting")?.attributes).toEqual({
    decisions: ["all[0]/vote"],
  });
  const said = spans.find(
    ({ unit, attributes }) => unit === "publish" && attributes["swarm.message.type"] === "person.ruled",
  );
  const around = spans.find(({ spanId }) => spanId === said?.parentSpanId);
  expect([said?.startUs, around?.attributes["swarm.step.path"]]).toEqual([ruled?.atUs, "all[0]/vote"]);
  const heard = spans.find(({ parentSpanId }) => parentSpanId === said?.spanId);
  expect(heard?.unit).toBe("process");
});

test("a run that was stopped twice says so twice", () => {
  const header = handHeader();
  const [first, second] = turnRows(
    { actor: workflowActor, input: { type: "run.started" } },
    { actor: workflowActor, input: { type: "timer.fired", timer: "none" } },
  );
  if (first === undefined || second === undefined) throw new Error("there are two");
  const resumed = (atUs: number): Row => ({ type: "resumed", run: header.run, atUs, swarm: "test" });
  const rows = [header, first, resumed(15e5), second, resumed(25e5)].map((row) => ({ row }));
  const root = [...spansOf(rows, readerDeps)].find(({ unit }) => unit === "run");
  expect(root?.events.map(({ name, atUs }) => [name, atUs / 1e6])).toEqual([
    ["accepted", 0],
    ["paused", 1],
    ["resumed", 1.5],
    ["paused", 2],
    ["resumed", 2.5],
    ["paused", 2.5],
  ]);
});

test("a run that is stopped again and again tells the first 128 times, and ends with its latest row", () => {
  const header = handHeader();
  const resumed = (atUs: number): Row => ({ type: "resumed", run: header.run, atUs, swarm: "test" });
  const times = Array.from({ length: 100 }, (_, at) => at + 1);
  // The clock was set back before the last time.
  const rows = [header, ...[...times, 50].map(resumed)].map((row) => ({ row }));
  const root = [...spansOf(rows, readerDeps)].at(-1);
  expect(root?.unit).toBe("run");
  expect(root?.events).toHaveLength(128);
  expect(root?.endUs).toBe(100);
});

test("of what a record leaves open what is around ends last", async () => {
  const rows = await ruledRows();
  const resumed = rows.findIndex(({ row }) => row.type === "resumed");
  const spans = [...spansOf(rows.slice(0, resumed), readerDeps)];
  const place = new Map(spans.map(({ spanId }, at) => [spanId, at]));
  const open = spans.filter(({ unit }) => ["run", "step", "agent", "decision"].includes(unit));
  for (const { spanId, parentSpanId } of open)
    expect(place.get(spanId)).toBeLessThan(place.get(parentSpanId ?? "") ?? Number.POSITIVE_INFINITY);
});
