import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder, swarm } from "../support/cli.ts";

test("a run without a result leaves the file of an earlier one as it is, and says so", async () => {
  const cwd = scratchFolder(onTestFinished);
  const task = {
    version: 1,
    name: "poor",
    models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
    resources: { budget: { turns: 1 } },
    agents: { ann: { role: "r", model: "m" } },
    workflow: [
      { id: "one", ask: "ann", prompt: "hi" },
      { id: "two", ask: "ann", prompt: "hi again" },
    ],
    outputs: { said: "${{ steps.two.output }}" },
  };
  writeFileSync(join(cwd, "task.yaml"), JSON.stringify(task));
  writeFileSync(join(cwd, "report.md"), "the report of yesterday\n");
  for (const words of [
    ["run", "task.yaml"],
    ["resume", "last"],
  ]) {
    const { code, stderr } = await swarm([...words, "--output", "report.md"], { cwd });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^run [\w-]+: budget-spent, no result to write to report\.md$/m);
  }
  expect(readFileSync(join(cwd, "report.md"), "utf8")).toBe("the report of yesterday\n");
});
