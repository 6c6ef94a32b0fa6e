import { expect, test } from "vitest";
import { checkText } from "../../../../cli/task/check-text.ts";

const head = `version: 1
name: t
inputs: { data: { type: json } }
models: { m: { provider: scripted, replies: [{ text: x }] } }
agents: { a: { role: r, model: m }, b: { role: r, model: m } }
`;
const ask = "ask: a, prompt: p";

/** What is said of a task, hints in parentheses. */
const said = async (rest: string) => {
  const { problems, warnings } = await checkText(`${head}${rest}\n`, "t.yaml", "/tasks/t.yaml");
  return [...problems, ...warnings].map(({ message, hint }) =>
    hint === undefined ? message : `${message} (${hint})`,
  );
};
const idle = 'agent "b" has nothing to do';

test.each<[string, string, readonly string[]]>([
  [
    "an agent may be whom an expression names",
    `workflow: [{ id: s, ask: "\${{ inputs.data }}", prompt: p }]`,
    [],
  ],
  ["else who is not named is idle", `workflow: [{ id: s, ${ask} }]`, [idle]],
  [
    "a later step is meant by its id",
    `workflow: [{ id: s, ask: a, prompt: "\${{ later.output }}" }, { id: later, ask: b, prompt: p }]`,
    ['nothing is called "later" here (did you mean "steps.later"?)'],
  ],
  [
    "what a result holds further in may be a list",
    `workflow: [{ id: p, parallel: [{ id: s, ${ask} }] }, { id: g, group: { over: "\${{ steps.p.steps.s.output }}", by: "\${{ item }}" } }]`,
    [idle],
  ],
  [
    "ids differ from all steps around them",
    `workflow: [{ id: s, map: { over: [1], do: [{ id: t, map: { over: [1], as: one, do: [{ id: s, ${ask} }] } }] } }]`,
    ['there is already a step "s" (ids must differ among neighbours and from the steps around them)'],
  ],
  [
    "of a step with two kinds nobody knows what it gives",
    `workflow: [{ id: s, ${ask}, parallel: [{ id: t, ask: b, prompt: p }] }, { id: u, ask: a, prompt: "\${{ steps.s.items }}" }]`,
    ['a step does one thing; step "s" has ask and parallel'],
  ],
  [
    "a median is of numbers, and a blank is none",
    `workflow: [{ id: d, decide: { question: q, options: ["1", " "], voters: [a, b], rule: median } }]`,
    ['the median is of numbers, and " " is none'],
  ],
  [
    "a name is no number",
    `outputs: { 2024: first }\nworkflow: [{ id: s, ${ask} }]`,
    ['"2024" cannot be a name (letters, digits, _ and -, at most 64, not starting with a digit)'],
  ],
  ["a number may be a key", `outputs: { o: { 2024: x, "2025": y } }\nworkflow: [{ id: s, ${ask} }]`, [idle]],
  [
    "and comes twice as its text",
    `outputs: { o: { 2024: x, "2024": y } }\nworkflow: [{ id: s, ${ask} }]`,
    ['the key "2024" is there twice'],
  ],
  ...["__proto__", "constructor", "prototype"].map((key): [string, string, readonly string[]] => [
    `${key} is no key`,
    `outputs: { o: { ${key}: x } }\nworkflow: [{ id: s, ${ask} }]`,
    [`"${key}" cannot be a key`],
  ]),
])("%s", async (_, rest, expected) => expect(await said(rest)).toEqual(expected));

test("an expression may be as long as the reader takes, also where it is a list that is written out", async () => {
  // Two brackets, two spaces, and two quotes.
  const list = (chars: number) =>
    `workflow: [{ id: m, map: { over: [${"x".repeat(chars - 6)}], do: [{ id: s, ${ask} }] } }]`;
  expect(await said(list(4_096))).toEqual([idle]);
  expect(await said(list(4_097))).toMatchObject([expect.stringContaining("this one has 4097")]);
});

test("weights that are almost enough are not said to be all of it", async () => {
  const agents = ["c", "d", "e"].map((name) => `${name}: { role: r, model: m, maxWeight: 0.3333334 }`);
  const task = `${head.replace("a: { role: r, model: m }, b: { role: r, model: m }", agents.join(", "))}workflow: [{ id: s, decide: { question: q, options: [x, y], voters: [c, d, e] } }]\n`;
  const { warnings } = await checkText(task, "t.yaml", "/tasks/t.yaml");
  expect(warnings.map(({ message }) => message)).toEqual([
    "all that its voters may carry is 99 % of the share: it never settles",
  ]);
});

test("warnings come in the order of the text", async () => {
  const budget = "resources: { budget: { turns: 0 } }\n";
  const text = `${head.replace("agents:", `${budget}agents:`)}workflow: [{ id: s, ${ask} }]\n`;
  const { warnings } = await checkText(text, "t.yaml", "/tasks/t.yaml");
  expect(warnings.map(({ message }) => message)).toEqual(["nothing can be done under `turns` of 0", idle]);
});
