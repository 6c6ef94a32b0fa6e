import { expect, test } from "vitest";
import { checkText } from "../../../../cli/task/check-text.ts";

const head = `version: 1
name: t
inputs: { data: { type: json } }
models: { m: { provider: scripted, replies: [{ text: x }] } }
agents: { a: { role: r, model: m }, b: { role: r, model: m } }
`;

test("weights that are almost enough are not said to be all of it", async () => {
  const agents = ["c", "d", "e"].map((name) => `${name}: { role: r, model: m, maxWeight: 0.3333334 }`);
  const task = `${head.replace("a: { role: r, model: m }, b: { role: r, model: m }", agents.join(", "))}workflow: [{ id: s, decide: { question: q, options: [x, y], voters: [c, d, e] } }]\n`;
  const { warnings } = await checkText(task, "t.yaml", "/tasks/t.yaml");
  expect(warnings.map(({ message }) => message)).toEqual([
    "all that its voters may carry is 99 % of the share: it never settles",
  ]);
});
