import { expect, onTestFinished, test } from "vitest";
import { openSwarm, type TaskDefinition } from "../../../../index.ts";
import type { Span } from "../../../../observability/span.ts";
import { spansOf } from "../../../../observability/spans/reader.ts";
import { readerDeps, recordOf } from "../../../support/recorded.ts";

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
  await swarm.resume(run);
  expect(eventsOf().map(({ name }) => name)).toEqual([...ruled, "resumed"]);
  expect(eventsOf().find(({ name }) => name === "paused")?.atUs).toBe(before);
});
