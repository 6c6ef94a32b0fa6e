import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunPlan } from "../../../actors/workflow/plan.ts";
import { remoteFindings } from "../../../cli/doctor/remote.ts";
import { checkText } from "../../../cli/task/check-text.ts";
import { mockProvider, type MockProvider } from "../../support/mock-provider.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

const planWith = async (model: string, apiKey = ""): Promise<RunPlan> => {
  const { plan, problems } = await checkText(
    `version: 1
name: t
models: { big: { provider: openai-compatible, baseUrl: "${server.baseUrl}", model: ${model}${apiKey} } }
agents: { ann: { role: r, model: big } }
workflow: [{ id: a, ask: ann, prompt: hi }]
`,
    "task.yaml",
    "/task.yaml",
  );
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
};
const key = ", apiKey: '${env:KEY}'";

test("an endpoint that has the model and takes the key is fine, and no model is asked", async () => {
  const [found] = await remoteFindings(await planWith("big", key), () => "sk-123456");
  expect(found).toMatchObject({ name: "model big", status: "ok" });
  expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ["/v1/models", "Bearer sk-123456"],
  ]);
});

test("a model that it does not list is a warning, and what it has is told", async () => {
  const [found] = await remoteFindings(await planWith("bog"), () => undefined);
  expect(found).toMatchObject({ status: "warn", todo: "it has big" });
});

test("a key that is not set is a failure, and nothing is sent", async () => {
  const [found] = await remoteFindings(await planWith("big", key), () => undefined);
  expect(found).toMatchObject({ status: "fail", detail: expect.stringContaining("KEY") });
  expect(server.requests).toEqual([]);
});

test("a server that is not there is a failure", async () => {
  const plan = await planWith("big");
  await server.close();
  const [found] = await remoteFindings(plan, () => undefined);
  expect(found).toMatchObject({ status: "fail", detail: expect.stringContaining("ECONNREFUSED") });
});
