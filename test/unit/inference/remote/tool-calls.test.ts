import { afterEach, beforeEach, expect, test } from "vitest";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { InferenceRequest } from "../../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { driveScheduler } from "../../../support/drive-scheduler.ts";
import { headerOf } from "../../../support/log-rows.ts";
import { mockProvider, type MockProvider } from "../../../support/mock-provider.ts";
import { testModel } from "../../../support/remote-model.ts";
import { schedulerRows } from "../../../support/scheduler-rows.ts";

let server: MockProvider;
beforeEach(async () => {
  server = await mockProvider();
});
afterEach(() => server.close());

const tools = [{ name: "weather", description: "The weather now.", parameters: { type: "object" } }];
const request: InferenceRequest = {
  model: "big",
  agent: "ada",
  lines: [{ role: "user", content: "Is it cold in Oslo?" }],
  tools,
  maxTokens: 400,
  temperature: 0,
};

/** What one request comes to, by the scheduler and a real socket. */
const answerTo = async (body: InferenceRequest): Promise<Message> => {
  const config = { models: { big: { concurrency: 1 } }, budget: {} };
  const { answers } = await driveScheduler(config, { big: testModel(server.baseUrl).model }, [body]);
  const answer = answers.get("r0");
  if (answer === undefined) throw new Error("there is no answer");
  return answer;
};

test("a call of a tool comes through the scheduler, is on record as it came, and its result goes back to the provider", async () => {
  // Longer than what the record keeps in the row itself.
  const input = { city: "Oslo", why: "x".repeat(2000) };
  server.script(
    { type: "tool", name: "weather", input: JSON.stringify(input) },
    { type: "text", text: "Yes, -4 C." },
  );
  const asked = await answerTo(request);
  const call = { id: "call_1", name: "weather", input };
  expect(asked).toMatchObject({
    type: "inference.completed",
    reply: { toolCalls: [call], finishReason: "tool-calls" },
  });

  const log = memoryLog();
  const [row] = schedulerRows({ input: asked, effects: [] });
  if (row === undefined) throw new Error("there is no row");
  log.append(headerOf(row.run));
  await log.durable(row.run, log.append(row));
  const rows = [...log.read(row.run)].map((each) => each.row);
  expect(rows.at(-1)).toMatchObject({ input: asked });

  const rounds = [{ text: "", calls: [{ call, result: "-4 C" }] }];
  const told = await answerTo({ ...request, rounds });
  expect(told).toMatchObject({ type: "inference.completed", reply: { text: "Yes, -4 C." } });
  expect(server.requests.at(-1)?.body["messages"]).toMatchObject([
    { role: "user" },
    { role: "assistant", tool_calls: [{ id: "call_1", function: { name: "weather" } }] },
    { role: "tool", tool_call_id: "call_1", content: "-4 C" },
  ]);
});
