import { onTestFinished, expect, test } from "vitest";
import { openSwarm, type TaskDefinition } from "../../../../index.ts";

const task: TaskDefinition = {
  version: 1,
  name: "one",
  models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
  agents: { a: { role: "r", model: "m" } },
  workflow: [{ id: "s", ask: "a", prompt: "hi" }],
};

test("a run is named by its id, an end of it, or `last`, and by nothing else", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const rowsOf = (words: string) => [...swarm.rows(words)].length;
  expect(() => rowsOf("last")).toThrow("there is no run yet; start one with: swarm run task.yaml");
  const { run } = await swarm.run(task);
  for (const words of [run, run.slice(0, -3), run.slice(-3), "last"])
    expect(rowsOf(words)).toBeGreaterThan(2);
  expect(() => rowsOf("")).toThrow('there is no run ""; `swarm runs` lists them');
  expect(() => rowsOf("nope")).toThrow("there is no run nope; `swarm runs` lists them");
});

test("of the runs that may be meant the newest are named, and how many more there are", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const names: string[] = [];
  for (const told of [" or B", ", B or C", ", B, C or one more", ", B, C or one of 2 more"]) {
    do names.unshift((await swarm.run(task)).run);
    while (names.length < 2);
    const [a = "", b = "", c = ""] = names;
    const expected = `2 may be ${a}${told.replace("B", b).replace("C", c)}; \`swarm runs\` lists them`;
    expect(() => swarm.rows("2")).toThrow(expected);
  }
});
