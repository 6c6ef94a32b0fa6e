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

test("a task in code that a file would be warned of is not remembered as one that has nothing wrong", async () => {
  const kept: string[] = [];
  const cache = { find: () => undefined, keep: (text: string) => void kept.push(text) };
  const idle: TaskDefinition = { ...task, agents: { ...task.agents, b: { role: "r", model: "m" } } };
  await loadDefinition(idle, { ...options, cache });
  expect(kept).toEqual([]);
  const { source } = await loadDefinition(task, { ...options, cache });
  expect(kept).toEqual([source.text]);
});

const overText: Partial<TaskDefinition> = {
  inputs: { log: { type: "file" } },
  workflow: [{ id: "s", map: { over: "${{ inputs.log }}", do: [{ id: "t", ask: "a", prompt: "p" }] } }],
};

test.each<[string, TaskDefinition, string]>([
  ["a list that is none", { ...task, ...overText }, "no list"],
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

const circle: unknown[] = [];
circle.push({ again: circle });
const deep = Array.from({ length: 200 }).reduce((inner) => [inner], "x");

// What the types forbid, JavaScript can hand over all the same.
test.each<[string, unknown, readonly string[]]>([
  ["a BigInt", { ...task, outputs: { o: { "a b": [1n] } } }, ['outputs.o["a b"][0] is a BigInt']],
  [
    "functions",
    { ...task, name: () => "x", workflow: [{ id: "s", ask: "a", prompt: () => "p" }] },
    ["name is a function", "workflow[0].prompt is a function"],
  ],
  ["a symbol", { ...task, outputs: { o: Symbol("x") } }, ["outputs.o is a symbol"]],
  ["no finite number", { ...task, outputs: { o: Number.NaN } }, ["outputs.o is NaN"]],
  ["a hole in a list", { ...task, outputs: { o: [undefined] } }, ["outputs.o[0] is undefined"]],
  ["a Map", { ...task, outputs: new Map([["o", 1]]) }, ["outputs is a Map"]],
  ["a circle", { ...task, outputs: { o: circle } }, ["outputs.o[0].again holds itself"]],
  [
    "a deep nest",
    { ...task, outputs: { o: deep } },
    [`outputs.o${"[0]".repeat(62)} is nested more than 64 deep`],
  ],
  ["nothing", undefined, ["the task is undefined"]],
])("%s in a task in code is a problem that names its path", async (_, definition, says) => {
  const loaded = loadDefinition(definition as TaskDefinition, options);
  const problems = await loaded.then(
    () => [],
    (error: unknown) => (error instanceof TaskProblems ? error.problems : [String(error)]),
  );
  expect(problems).toMatchObject(says.map((words) => ({ message: expect.stringContaining(words) })));
});

test("a member that is undefined is one that is not there", async () => {
  const loose = { ...task, resources: undefined } as unknown as TaskDefinition;
  await expect(loadDefinition(loose, options)).resolves.toMatchObject({ plan: { name: "asks" } });
});

test.each([
  ["text", 5, ': write "5" instead of 5'],
  ["file", true, ': write "true" instead of true'],
  ["number", 5, ': write "5" instead of 5'],
  ["json", { a: 1 }, ": write what JSON.stringify gives of the object"],
  ["text", 5n, ", and not as a bigint"],
  ["json", () => 1, ", and not as a function"],
] as const)("a %s input takes a text and nothing else", async (type, given, instead) => {
  const definition: TaskDefinition = { ...task, inputs: { i: { type } } };
  const inputs = { i: given } as unknown as Record<string, string>;
  await expect(loadDefinition(definition, { ...options, inputs })).rejects.toMatchObject({
    code: "BAD_INPUT",
    message: `input "i" is given as text, as on the command line${instead}`,
  });
});

test("what says itself how it is JSON is taken at its word", async () => {
  const stamp = { toJSON: () => "noon", clock: () => 12 };
  const definition = { ...task, outputs: { at: stamp, on: new Date(0) } } as unknown as TaskDefinition;
  const { plan } = await loadDefinition(definition, options);
  expect(plan.outputs).toMatchObject({ at: { value: "noon" }, on: { value: "1970-01-01T00:00:00.000Z" } });
});
