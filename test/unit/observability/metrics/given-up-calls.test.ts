import { expect, test } from "vitest";
import type { Message } from "../../../../coordination/protocol/message.ts";
import { agentActor } from "../../../../coordination/protocol/ids.ts";
import { rowReader } from "../../../../observability/metrics/row-reader.ts";
import { measured } from "../../../support/measured.ts";
import { schedulerRows, type SchedulerTurn } from "../../../support/scheduler-rows.ts";
import { handHeader } from "../../../support/turn-rows.ts";

const ann = agentActor("ann", "s");
const body = { model: "m", agent: "ann", lines: [], maxTokens: 1, temperature: 0 };
const asked = { type: "inference.requested", request: "q", body, replyTo: ann } as const;
const waits: SchedulerTurn = { input: asked };
const works: SchedulerTurn = {
  input: asked,
  effects: [{ type: "generate", request: "q", body, grant: { model: "m", sequence: 0, tokens: 1 } }],
};
const failed = (code: "TIMEOUT" | "ABORTED" | "OVERLOADED" | "ENGINE_CRASHED") =>
  ({ type: "inference.failed", request: "q", failure: { code, message: "", retryable: false } }) as const;
const deadline = { type: "timer.fired", timer: "deadline/q" } as const;
const cancelled = { type: "inference.cancelled", request: "q" } as const;
const paused: SchedulerTurn = { input: { type: "inference.paused", request: "q" } };
/** The scheduler answers it, whatever its engine says a second later. */
const answered = (input: Message, code: "TIMEOUT" | "ABORTED" | "OVERLOADED"): SchedulerTurn => ({
  input,
  effects: [{ type: "send", to: ann, body: failed(code) }],
});
const header = handHeader({ models: { m: { provider: "llama" } } });

const waited = "swarm_gpu_lease_wait_seconds normal of r = 1";
const ended = (code: string) => [
  "swarm_gpu_lease_hold_seconds  = 2",
  `gen_ai_client_operation_duration_seconds chat llama m ${code} of r = 2`,
];

test.each([
  ["waited until its deadline did wait", [waits], deadline, "TIMEOUT", [waited]],
  ["waited until nobody wanted it any more did wait", [waits], cancelled, "ABORTED", [waited]],
  ["was turned down waited for no turn", [waits], deadline, "OVERLOADED", []],
  ["was at work at its deadline failed of that", [works], deadline, "TIMEOUT", ended("TIMEOUT")],
  ["was withdrawn from work is told as such", [works], cancelled, "ABORTED", ended("ABORTED")],
  [
    "was paused waited since then",
    [works, paused],
    deadline,
    "TIMEOUT",
    ["swarm_gpu_lease_hold_seconds  = 1", waited],
  ],
] as const)("a call that is given up and %s", (_, before, input, code, expected) => {
  expect(
    measured(header, ...schedulerRows(...before, answered(input, code), { input: failed("ENGINE_CRASHED") })),
  ).toEqual(expected);
});

test.each([
  ["at work at its deadline failed of that", deadline, "TIMEOUT"],
  ["that was withdrawn did well", cancelled, ""],
  ["that ended as another was withdrawn failed", { ...cancelled, request: "other" }, "TIMEOUT"],
] as const)("a call %s, though its engine was done by the time it heard", (_, input, told) => {
  const usage = { promptTokens: 0, outputTokens: 7 };
  const reply = { text: "", usage, model: "m", startedAtUs: 1e6, finishedAtUs: 1_250_000 };
  const done: SchedulerTurn = { input: { type: "inference.completed", request: "q", reply } };
  const lines = measured(header, ...schedulerRows(works, answered(input, told || "ABORTED"), done));
  expect(lines).toContain(`gen_ai_client_operation_duration_seconds chat llama m ${told} of r = 0.25`);
  expect(lines).toContain("gen_ai_client_token_usage chat llama m output = 7");
});

test.each([
  ["was given up and then put aside by its engine", [works, answered(deadline, "TIMEOUT"), paused]],
  ["was given up before its turn", [waits, answered(deadline, "TIMEOUT")]],
])("a call that %s waits for nothing", (_, turns) => {
  const looks: (() => readonly object[])[] = [];
  const ignore = () => undefined;
  const meter = { count: ignore, observe: ignore, open: ignore, set: ignore, clear: ignore };
  const watch = (look: () => readonly object[]) => {
    looks.push(look);
    return ignore;
  };
  const reader = rowReader({ meter, watch, mark: ignore });
  for (const row of [header, ...schedulerRows(...turns)]) reader.read(row);
  const waiting = { low: 0, normal: 0, high: 0 };
  expect(looks.flatMap((look) => look())).toContainEqual({ type: "scheduler", waiting, held: 0 });
  reader.close();
});
