import { expect, test } from "vitest";
import { actorId, effectId, runId, schedulerActor } from "../../../coordination/protocol/ids.ts";
import type { Usage } from "../../../coordination/protocol/inference-messages.ts";
import type { Message } from "../../../coordination/protocol/message.ts";
import type { Row } from "../../../coordination/protocol/row.ts";
import { accountOf } from "../../../observability/spending.ts";

let seq = 0;
const row = (input: Message, actor = schedulerActor): Row => ({
  type: "turn",
  run: runId("r"),
  actor,
  seq: seq++,
  atUs: 0,
  cause: effectId(actor, seq, 0),
  input,
  effects: [],
});
const asked = (request: string, agent: string, model: string): Row =>
  row({
    type: "inference.requested",
    request,
    body: { model, agent, lines: [], maxTokens: 1, temperature: 0 },
    replyTo: actorId(request.replace(/:\d+$/, "")),
  });
const completed = (request: string, usage: Usage): Message => ({
  type: "inference.completed",
  request,
  reply: { text: "", usage, model: "m", startedAtUs: 0, finishedAtUs: 0 },
});
const failure = (usage?: Usage) =>
  ({ code: "PROVIDER_FAILED", message: "", retryable: false, attempt: 1, ...(usage && { usage }) }) as const;

const ann = "agent/ann/each[3]/label:0";
const bob = "agent/bob/verdict:0";

test("each call is on the account of its agent, its step and its model, with the tries that failed", () => {
  const times = { startedAtUs: 0, finishedAtUs: 0 };
  const { total, agents, steps, models } = accountOf([
    asked(ann, "ann", "big"),
    row({
      type: "inference.attempted",
      request: ann,
      attempt: 1,
      model: "m",
      failure: failure({ promptTokens: 5, outputTokens: 1, estimated: true, costNanoUsd: 7 }),
      delayMs: 1,
      ...times,
    }),
    row(completed(ann, { promptTokens: 100, outputTokens: 10, costNanoUsd: 300 })),
    // Forwarded to the agent: the same reply is not paid twice.
    row(
      completed(ann, { promptTokens: 100, outputTokens: 10, costNanoUsd: 300 }),
      actorId("agent/ann/each[3]/label"),
    ),
    asked(bob, "bob", "small"),
    row({ type: "inference.failed", request: bob, failure: failure() }),
    asked("agent/bob/verdict:1", "bob", "odd"),
    row(completed("agent/bob/verdict:1", { promptTokens: 1, outputTokens: 2, costNanoUsd: null })),
    asked("agent/bob/verdict:2", "bob", "small"),
    // Without a price there is nothing to pay; an unknown one may be any.
    row(completed("agent/bob/verdict:2", { promptTokens: 4, outputTokens: 5 })),
    asked("agent/bob/verdict:3", "bob", "small"),
    row({
      type: "inference.failed",
      request: "agent/bob/verdict:3",
      failure: { code: "BUDGET_SPENT", message: "", retryable: false },
    }),
  ]);
  expect(total).toEqual({
    calls: 5,
    failedTries: 2,
    promptTokens: 110,
    outputTokens: 18,
    estimatedTokens: 6,
    costNanoUsd: 307,
    unpricedTokens: 3,
  });
  expect(agents.get("ann")).toMatchObject({ calls: 1, failedTries: 1, promptTokens: 105, costNanoUsd: 307 });
  expect(agents.get("bob")).toMatchObject({ calls: 4, failedTries: 1, unpricedTokens: 3 });
  expect([...steps.keys()]).toEqual(["each/label", "verdict"]);
  expect([...models.keys()]).toEqual(["big", "small", "odd"]);
});
