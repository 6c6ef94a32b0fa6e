import { onTestFinished, expect, test } from "vitest";
import { openSwarm } from "../../../../index.ts";

test("a run is named by its id, an end of it, or `last`, and by nothing else", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const rowsOf = (words: string) => [...swarm.rows(words)].length;
  expect(() => rowsOf("last")).toThrow("there is no run yet; start one with: swarm run task.yaml");
  const { run } = await swarm.run({
    version: 1,
    name: "one",
    models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
    agents: { a: { role: "r", model: "m" } },
    workflow: [{ id: "s", ask: "a", prompt: "hi" }],
  });
  for (const words of [run, run.slice(0, -3), run.slice(-3), "last"])
    expect(rowsOf(words)).toBeGreaterThan(2);
  expect(() => rowsOf("")).toThrow('there is no run ""; `swarm runs` lists them');
  expect(() => rowsOf("nope")).toThrow("there is no run nope; `swarm runs` lists them");
});
