import { expect, test } from "vitest";
import { actorId } from "../../../coordination/protocol/ids.ts";
import type { InferenceRequested } from "../../../coordination/protocol/inference-messages.ts";
import { emptyLedger, worstCaseTokens } from "../../../inference/budget.ts";
import { schedulerStep } from "../../../inference/scheduler.ts";
import type { SchedulerConfig } from "../../../inference/scheduling/config.ts";
import { emptyScheduler } from "../../../inference/scheduling/state.ts";

const ask: InferenceRequested = {
  type: "inference.requested",
  request: "a",
  replyTo: actorId("agent/ada/look"),
  body: {
    model: "m",
    agent: "ada",
    lines: [{ role: "user", content: "hello" }],
    maxTokens: 10,
    temperature: 0,
  },
};
const need = worstCaseTokens(ask.body);

test.each([
  ["as many as the model makes, where there is room", 4 * need, 3],
  ["as many as there is room for", 3 * need - 1, 2],
  ["one at least", need, 1],
])("tries that are paid for are set aside: %s", (_, tokens, tries) => {
  const config: SchedulerConfig = { models: { m: { concurrency: 1, tries: 3 } }, budget: { tokens } };
  const { state, effects } = schedulerStep(config)(emptyScheduler(config), ask);
  expect(effects).toMatchObject([{ type: "generate", tries, grant: { tokens: need } }]);
  expect(state.ledger).toEqual({ ...emptyLedger, reservedTokens: tries * need, spentTurns: 1 });
});
