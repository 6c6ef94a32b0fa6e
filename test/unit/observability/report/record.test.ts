import { expect, onTestFinished, test } from "vitest";
import { openSwarm, type TaskDefinition } from "../../../../index.ts";
import { recordOf } from "../../../../observability/report/record.ts";
import { readerDeps } from "../../../support/recorded.ts";

const task: TaskDefinition = {
  version: 1,
  name: "waits",
  models: {
    yes: { provider: "scripted", replies: [{ text: "yes" }] },
    no: { provider: "scripted", replies: [{ text: "no" }] },
  },
  agents: { a: { role: "r", model: "yes" }, b: { role: "r", model: "no" } },
  workflow: [
    {
      id: "vote",
      decide: {
        question: "Well?",
        options: ["yes", "no"],
        voters: ["a", "b"],
        rule: "unanimity",
        escalate: "human",
      },
    },
  ],
  outputs: {},
};

test("the time until a person ruled is a pause, whether or not somebody has gone on by then", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const { run } = await swarm.run(task);
  const recorded = () => {
    const { pauses, resumes } = recordOf(swarm.rows(run), {
      spans: readerDeps,
      sentence: (text) => text,
      conversations: 0,
    });
    return { pauses, resumes };
  };
  const timesOf = (type: string) =>
    [...swarm.rows(run)].flatMap(({ row }) => (row.type === type ? [row.atUs] : []));
  expect(recorded()).toEqual({ pauses: [], resumes: 0 });
  const fromUs = [...swarm.rows(run)].at(-1)?.row.atUs;
  await swarm.approve(run, "vote", "yes");
  expect(recorded()).toEqual({ pauses: [{ fromUs, untilUs: timesOf("ruled")[0] }], resumes: 0 });
  await swarm.resume(run);
  expect(recorded()).toEqual({ pauses: [{ fromUs, untilUs: timesOf("resumed")[0] }], resumes: 1 });
});

test("a call that gets its turn at once has waited, and no bar says so", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const { run } = await swarm.run(task);
  const options = { spans: readerDeps, sentence: (text: string) => text, conversations: 0 };
  const { waits, bars } = recordOf(swarm.rows(run), options);
  expect(waits.some(({ startUs, endUs }) => startUs === endUs)).toBe(true);
  expect(bars.filter(({ unit, startUs, endUs }) => unit === "wait" && startUs === endUs)).toEqual([]);
});
