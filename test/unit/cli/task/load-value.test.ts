import { expect, test } from "vitest";
import { loadDefinition, type TaskDefinition } from "../../../../cli/task/load-value.ts";
import { checkText } from "../../../../cli/task/check-text.ts";
import { TaskProblems } from "../../../../cli/task/problems.ts";

const task: TaskDefinition = {
  version: 1,
  name: "asks",
  models: { m: { provider: "scripted", replies: [{ text: 'yes: no # \t \\ "x"', confidence: 0.9 }] } },
  agents: { a: { role: "r", model: "m" } },
  workflow: [{ id: "s", ask: "a", prompt: "ä \u2028 ~ null" }],
  outputs: {},
};
const options = { inputs: {}, cwd: "/tmp" };

test("a task in code is what its JSON is as a task file", async () => {
  const { plan, source } = await loadDefinition(task, options);
  const asFile = await checkText(source.text, source.path, source.path);
  expect(plan).toEqual(asFile.plan);
});

test.each<[string, TaskDefinition, string]>([
  ["an unknown agent", { ...task, workflow: [{ id: "s", ask: "nobody", prompt: "p" }] }, "nobody"],
  ["a key that reaches for a prototype", { ...task, outputs: JSON.parse('{"__proto__": "x"}') }, "__proto__"],
])("%s is a problem at its place in the JSON", async (_, definition, says) => {
  const problems = await loadDefinition(definition, options).then(
    () => [],
    (error: unknown) => (error instanceof TaskProblems ? error.problems : []),
  );
  expect(problems).toMatchObject([{ message: expect.stringContaining(says) }]);
  expect(problems[0]?.line).toBeGreaterThan(1);
});
