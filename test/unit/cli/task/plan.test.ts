import { expect, test } from "vitest";
import { checkText } from "../../../../cli/task/check-text.ts";
import { modelChain } from "../../../../cli/task/plan-models.ts";

const head = `version: 1
name: t
models:
  one: { provider: scripted, replies: [{ text: x }], fallback: [two] }
  two: { provider: scripted, replies: [{ text: x }], fallback: [three, one] }
  three: { provider: scripted, replies: [{ text: x }] }
  far: { provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1//", model: x, timeout: 9m, idleTimeout: 7s, price: { input: 1, output: 2 } }
agents:
  a: { role: r, model: one, domain: law }
  b: { role: r, model: [three, two], domain: law }
  c: { role: r, model: far, domain: tax }
  d: { role: r, model: far }
`;

const planWith = async (rest: string) => {
  const { problems, plan } = await checkText(`${head}${rest}`, "t.yaml", "/tasks/t.yaml");
  expect(problems).toEqual([]);
  return plan;
};
const idle = "workflow: [{ id: s, ask: a, prompt: p }]\n";

test("a budget is in tokens, milliseconds, turns and millionths of a thousandth of a dollar", async () => {
  const plan = await planWith(
    `${idle}resources: { vram: 8GB, budget: { usd: 1.001, tokens: 1.5M, wall: 2h, turns: 2k } }\n`,
  );
  expect(plan).toMatchObject({
    budget: { nanoUsd: 1_001_000_000, tokens: 1_500_000, wallMs: 7_200_000, turns: 2_000 },
    memoryBytes: 8 * 1024 ** 3,
  });
});

test.each([
  ["true", "${{ true }}"],
  ["false", "${{ false }}"],
  ['"${{ 1 == 1 }}"', "${{ 1 == 1 }}"],
])("a step may have the condition %s", async (said, expected) => {
  const plan = await planWith(`workflow: [{ id: s, if: ${said}, ask: a, prompt: p }]\n`);
  expect(plan?.steps[0]).toMatchObject({ if: expected });
});

const base = "question: q, options: [x, y]";
test.each([
  ["voters that share a domain lend it", "voters: [a, b]", { domain: "law" }],
  ["voters of two domains have none in common", "voters: [a, c]", { domain: "general" }],
  ["nor have some with a domain and some without", "voters: [c, d]", { domain: "general" }],
  ["what the decision says comes first", "voters: [a, b], domain: tax", { domain: "tax" }],
  ["all voters may have to be present", "voters: [a, b], quorum: 2", { quorum: 2 }],
  ["a judge rules at once", "voters: [a, b], rule: judge, judge: c, rounds: 0", { rounds: 0 }],
  ["nobody hears a reason", "voters: [a, b]", { reasons: undefined }],
  ["a decision that is left to a person", "voters: [a, b], escalate: human", { escalate: "human" }],
  ["a judge hears reasons", "voters: [a, b], escalate: judge, judge: c", { reasons: true }],
  ["a person hears reasons", "voters: [a, b], escalate: human", { reasons: true }],
  ["a debate hears reasons", "voters: [a, b], rounds: 1", { reasons: true }],
  ["unless they are not wanted", "voters: [a, b], rounds: 1, reasons: false", { reasons: undefined }],
  ["or they are all the same", "voters: [a, b], reasons: true", { reasons: true }],
  ["limits", "voters: [a, b], threshold: 0.55, deadline: 90s", { thresholdPpm: 550_000, deadlineMs: 90_000 }],
  [
    "a command that tells the truth has its time",
    "voters: [a, b], truth: { command: [make], passed: x, failed: y, timeout: 5s }",
    { check: { command: ["make"], passed: "x", failed: "y", timeoutMs: 5_000, cwd: "/tasks" } },
  ],
  [
    "or a minute",
    "voters: [a, b], truth: { command: [make], passed: x, failed: y }",
    { check: { command: ["make"], passed: "x", failed: "y", timeoutMs: 60_000, cwd: "/tasks" } },
  ],
])("%s: %s", async (_, said, expected) => {
  const plan = await planWith(
    `workflow:\n  - { id: s, priority: 5, decide: { ${base}, ${said} } }\n  - { id: e, ask: d, prompt: p, deadline: 1m }\n`,
  );
  const step: Readonly<Record<string, unknown>> = { ...plan?.steps[0] };
  const found = Object.fromEntries(Object.keys(expected).map((key) => [key, step[key]]));
  expect(found).toEqual(expected);
  expect(step).toMatchObject({ urgency: { priority: 5 } });
  expect(plan?.steps[1]).toMatchObject({ urgency: { deadlineMs: 60_000 } });
});

test("a map works on as many items at once, and a group ranks and takes, as it is told", async () => {
  const plan = await planWith(`workflow:
  - { id: m, map: { over: ["two\\nlines\\t", 'a\\b', it's], concurrency: 3, as: line, do: [{ id: s, ask: a, prompt: p }] } }
  - { id: g, group: { over: [1], by: "\${{ item }}", where: "\${{ item > 0 }}", take: 2, order: [{ by: "\${{ group.count }}", direction: desc }] } }
`);
  expect(plan?.steps).toMatchObject([
    { concurrency: 3, as: "line", over: "${{ ['two\\nlines\\t', 'a\\\\b', 'it\\'s'] }}" },
    { where: "${{ item > 0 }}", take: 2, order: [{ by: "${{ group.count }}", direction: "desc" }] },
  ]);
});

test("an agent asks each of its models once, each followed by those that stand in for it", async () => {
  const plan = await planWith(idle);
  expect(plan?.agents).toMatchObject({
    a: { model: "one", fallback: ["two", "three"] },
    b: { model: "three", fallback: ["two", "one"] },
  });
  expect(plan?.models["far"]).toMatchObject({
    baseUrl: "http://127.0.0.1:1/v1",
    limits: { timeoutMs: 540_000, idleTimeoutMs: 7_000 },
  });
  expect(modelChain({ model: "x" }, {})).toEqual(["x"]);
});

test("a judge who does nothing else has something to do", async () => {
  const { warnings } = await checkText(
    `${head}workflow: [{ id: s, decide: { ${base}, voters: [a, b], escalate: judge, judge: c } }]\n`,
    "t.yaml",
    "/tasks/t.yaml",
  );
  expect(warnings.map(({ message }) => message)).toEqual(['agent "d" has nothing to do']);
});

test("what an agent and the resources say is in the plan", async () => {
  const text = head.replace(
    "{ role: r, model: one, domain: law }",
    "{ role: r, model: one, share: 2, recall: 512, priority: 3, deadline: 4s, maxTokens: 9, attempts: 1, maxWeight: 0.000249 }",
  );
  const { plan } = await checkText(
    `${text}${idle}resources: { scheduler: lru }\ncoordinators: 5\n`,
    "t.yaml",
    "/t.yaml",
  );
  expect(plan).toMatchObject({ scheduler: "lru", coordinators: 5 });
  expect(plan?.agents["a"]).toMatchObject({
    share: 2,
    recallTokens: 512,
    priority: 3,
    deadlineMs: 4_000,
    maxTokens: 9,
    attempts: 1,
    maxWeightPpm: 249,
  });
});

const remote = async (said: string) => {
  const plan = await checkText(
    `version: 1\nname: t\nmodels: { far: { provider: openai-compatible, model: x, ${said} } }\nagents: { a: { role: r, model: far } }\n${idle}`,
    "t.yaml",
    "/t.yaml",
  );
  expect(plan.problems).toEqual([]);
  return plan.plan?.models["far"];
};

test("a remote model has the limits that it is given", async () => {
  const said =
    "timeout: 9m, attemptTimeout: 8s, firstByteTimeout: 7s, idleTimeout: 6s, retries: 0, concurrency: 3, circuit: { failures: 4, openFor: 5s }";
  expect(await remote(`preset: ollama, ${said}`)).toMatchObject({
    limits: {
      timeoutMs: 540_000,
      attemptTimeoutMs: 8_000,
      firstByteTimeoutMs: 7_000,
      idleTimeoutMs: 6_000,
      retries: 0,
      concurrency: 3,
      circuitFailures: 4,
      circuitOpenMs: 5_000,
    },
  });
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["preset: ollama", { confidence: "logprobs", price: undefined, samples: undefined }],
  ["preset: lm-studio", { confidence: "stated", price: undefined }],
  ["preset: openrouter", { confidence: "stated", price: null }],
  [
    "preset: ollama, price: { input: 1, output: 2 }",
    { price: { inputPicoUsd: 1_000_000, outputPicoUsd: 2_000_000 } },
  ],
  ["preset: ollama, confidence: sampled", { confidence: "sampled", samples: 5 }],
  ["preset: ollama, confidence: sampled, samples: 7", { confidence: "sampled", samples: 7 }],
])("a remote model with %s", async (said, expected) => {
  const model: Readonly<Record<string, unknown>> = { ...(await remote(said)) };
  expect(Object.fromEntries(Object.keys(expected).map((key) => [key, model[key]]))).toEqual(expected);
});
