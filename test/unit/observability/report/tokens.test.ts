import { expect, test } from "vitest";
import { agentActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { tokenHistory } from "../../../../observability/report/tokens.ts";
import { accountOf } from "../../../../observability/spending.ts";
import { schedulerRows, type SchedulerTurn } from "../../../support/scheduler-rows.ts";

const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
const grant = { model: "m", sequence: 0, tokens: 1 };
const requested = (request: string) => ({
  input: { type: "inference.requested", request, body, replyTo: agentActor("ann", "s") } as const,
  effects: [{ type: "generate", request, body, grant }] as const,
});
const failure = (promptTokens: number, outputTokens: number) =>
  ({
    code: "TIMEOUT",
    message: "",
    retryable: true,
    attempt: 1,
    usage: { promptTokens, outputTokens },
  }) as const;
const attempted = (request: string): { readonly input: Message } => ({
  input: {
    type: "inference.attempted",
    request,
    attempt: 1,
    model: "m",
    failure: failure(7, 1),
    delayMs: 0,
    startedAtUs: 0.2e6,
    finishedAtUs: 0.6e6,
  },
});
const reply = { text: "", usage: { promptTokens: 20, outputTokens: 3 }, model: "m" };

test("tokens of a try that fails after a pause are those of the process that went on", () => {
  const history = tokenHistory();
  const [asked, failed] = schedulerRows(requested("q"), {
    input: { type: "inference.failed", request: "q", failure: failure(5, 5) },
  });
  if (asked === undefined || failed === undefined) throw new Error("no rows");
  history.read(asked);
  history.read({ type: "resumed", run: asked.run, atUs: 9e6, swarm: "1" });
  history.read({ ...failed, atUs: 10e6 });
  expect(history.take()).toEqual([{ model: "m", startUs: 9e6, endUs: 10e6, tokens: 10 }]);
});

test("tokens are told of each try, when it was made, and add up to the account", () => {
  const rows = schedulerRows(
    requested("answered"),
    attempted("answered"),
    {
      input: {
        type: "inference.completed",
        request: "answered",
        reply: { ...reply, startedAtUs: 1.1e6, finishedAtUs: 1.9e6 },
      },
    },
    requested("failed"),
    { input: { type: "inference.failed", request: "failed", failure: failure(400, 50) } },
    requested("refused"),
    {
      input: {
        type: "inference.failed",
        request: "refused",
        failure: { code: "CIRCUIT_OPEN", message: "", retryable: true },
      },
    },
  );
  const history = tokenHistory();
  for (const row of rows) history.read(row);
  const stretches = history.take();
  expect(stretches).toEqual([
    { model: "m", startUs: 0.2e6, endUs: 0.6e6, tokens: 8 },
    { model: "m", startUs: 1.1e6, endUs: 1.9e6, tokens: 23 },
    { model: "m", startUs: 3e6, endUs: 4e6, tokens: 450 },
  ]);
  const { promptTokens, outputTokens } = accountOf(rows).total;
  expect(stretches.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(promptTokens + outputTokens);
});

test("a try that fails for good began when the one before it had failed", () => {
  const history = tokenHistory();
  const last: SchedulerTurn = { input: { type: "inference.failed", request: "q", failure: failure(5, 5) } };
  for (const row of schedulerRows(requested("q"), attempted("q"), last)) history.read(row);
  expect(history.take()).toEqual([
    { model: "m", startUs: 0.2e6, endUs: 0.6e6, tokens: 8 },
    { model: "m", startUs: 0.6e6, endUs: 2e6, tokens: 10 },
  ]);
});
