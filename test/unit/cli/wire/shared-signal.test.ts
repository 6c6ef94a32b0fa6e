import { onTestFinished, expect, test } from "vitest";
import { openSwarm, type TaskDefinition } from "../../../../index.ts";

const task: TaskDefinition = {
  version: 1,
  name: "one",
  models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
  agents: { a: { role: "r", model: "m" } },
  workflow: [{ id: "s", ask: "a", prompt: "hi" }],
};

test("many runs at once share one signal, and Node warns of no leak", async () => {
  const warnings: string[] = [];
  const listen = (warning: Error) => void warnings.push(warning.name);
  process.on("warning", listen);
  const swarm = openSwarm({ home: false });
  onTestFinished(async () => {
    process.off("warning", listen);
    await swarm.close();
  });
  const { signal } = new AbortController();
  const runs = await Promise.all(Array.from({ length: 12 }, () => swarm.run(task, { signal })));
  expect(runs.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 12 }, () => "done"));
  expect(warnings).toEqual([]);
});
