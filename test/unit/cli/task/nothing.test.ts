import { expect, test } from "vitest";
import { checkText } from "../../../../cli/task/check-text.ts";

const taskOf = (zero: boolean): string => {
  const amount = (some: string, none: string) => (zero ? none : some);
  return `version: 1
name: t
resources: { vram: 0GB, budget: { tokens: ${amount("1k", "0k")}, turns: ${amount("1", "0")}, wall: ${amount("10s", "0.0m")} } }
models:
  far: { provider: openai-compatible, baseUrl: "http://127.0.0.1:1/v1", model: x, timeout: ${amount("10m", "0s")}, attemptTimeout: ${amount("1ms", "0ms")}, firstByteTimeout: ${amount("0.1s", "0s")}, idleTimeout: ${amount("10h", "00h")}, price: { input: 0, output: 0 } }
agents:
  ann: { role: r, model: far, deadline: ${amount("1s", "0s")} }
  bob: { role: r, model: far }
workflow:
  - { id: a, ask: ann, prompt: "0s", deadline: ${amount("1s", "0s")} }
  - id: b
    map:
      over: [0]
      as: it
      do:
        - id: c
          decide: { question: q, options: ["0s", x], voters: [ann, bob], deadline: ${amount("5m", "0m")}, truth: { command: [make], passed: x, failed: "0s", timeout: ${amount("1s", "0s")} } }
`;
};

const warningsOf = async (text: string) => {
  const { problems, warnings } = await checkText(text, "t.yaml", "/tasks/t.yaml");
  expect(problems).toEqual([]);
  return warnings;
};

test("a limit of 0 is warned of at its place", async () => {
  const text = taskOf(true);
  const lines = text.split("\n");
  const warnings = await warningsOf(text);
  expect(warnings.map(({ message }) => message)).toEqual([
    "nothing can be done under `tokens` of 0k",
    "nothing can be done under `turns` of 0",
    "nothing can be done under `wall` of 0.0m",
    "nothing can be done under `timeout` of 0s",
    "nothing can be done under `attemptTimeout` of 0ms",
    "nothing can be done under `firstByteTimeout` of 0s",
    "nothing can be done under `idleTimeout` of 00h",
    "nothing can be done under `deadline` of 0s",
    "nothing can be done under `deadline` of 0s",
    "nothing can be done under `deadline` of 0m",
    "nothing can be done under `timeout` of 0s",
  ]);
  for (const { line, column } of warnings) expect(lines[line - 1]?.charAt(column - 1)).toBe("0");
});

test("any other limit is not", async () => expect(await warningsOf(taskOf(false))).toEqual([]));
