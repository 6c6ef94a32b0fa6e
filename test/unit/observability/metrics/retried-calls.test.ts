import { expect, test } from "vitest";
import { agentActor, runId } from "../../../../coordination/protocol/ids.ts";
import { measured } from "../../../support/measured.ts";
import { schedulerRows, type SchedulerTurn } from "../../../support/scheduler-rows.ts";
import { handHeader } from "../../../support/turn-rows.ts";

const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
const header = handHeader({ models: { m: { provider: "openai-compatible" } } });
const works: SchedulerTurn = {
  input: { type: "inference.requested", request: "q", body, replyTo: agentActor("ann", "s") },
  effects: [{ type: "generate", request: "q", body, grant: { model: "m", sequence: 0, tokens: 1 } }],
};
const tried = (attempt: number, startedAtUs: number): SchedulerTurn => ({
  input: {
    type: "inference.attempted",
    request: "q",
    attempt,
    model: "m",
    failure: { code: "PROVIDER_FAILED", message: "", retryable: true },
    delayMs: 1,
    startedAtUs,
    finishedAtUs: startedAtUs + 1,
  },
});
const usage = { promptTokens: 0, outputTokens: 0 };
const reply = { text: "", usage, model: "m", startedAtUs: 3_500_000, finishedAtUs: 3_750_000 };
const done: SchedulerTurn = { input: { type: "inference.completed", request: "q", reply } };
const took = (seconds: number) =>
  `gen_ai_client_operation_duration_seconds chat openai-compatible m  of r = ${seconds}`;

test("a call that was tried again took the time from its first try on, as its span does", () => {
  const rows = schedulerRows(works, tried(1, 250_000), tried(2, 1_500_000), done);
  expect(measured(header, ...rows)).toContain(took(3.5));
});

test("a call that was tried in vain took the time from its first try on as well", () => {
  const failure = { code: "TIMEOUT", message: "", retryable: false } as const;
  const inVain: SchedulerTurn = { input: { type: "inference.failed", request: "q", failure } };
  const rows = schedulerRows(works, tried(1, 250_000), tried(2, 1_500_000), inVain);
  expect(measured(header, ...rows)).toContain(
    "gen_ai_client_operation_duration_seconds chat openai-compatible m TIMEOUT of r = 2.75",
  );
});

test("a call that is made again after a crash is timed from there", () => {
  const [asked, failed, ended] = schedulerRows(works, tried(1, 250_000), done);
  if (asked === undefined || failed === undefined || ended === undefined) throw new Error("there are rows");
  const resumed = { type: "resumed", run: runId("r"), atUs: 3_000_000, swarm: "1" } as const;
  expect(measured(header, asked, failed, resumed, ended)).toContain(took(0.25));
});

test("a call that ended before it began, by the clocks of two processes, took no time", () => {
  const late = { ...reply, startedAtUs: 3_750_000, finishedAtUs: 3_500_000 };
  const rows = schedulerRows(works, { input: { type: "inference.completed", request: "q", reply: late } });
  expect(measured(header, ...rows).filter((line) => line.includes(" of r = "))).toEqual([]);
});
